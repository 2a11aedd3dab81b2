using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Services;

/// <summary>What may not change of a Service: addresses and families once they are set, unless it comes from or goes to ExternalName.</summary>
internal static class ServiceUpdateValidation
{
    public static void Validate(JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        if (spec.Text("type") != "ExternalName" && before.Text("type") != "ExternalName")
        {
            var (headless, was) = (ServiceTypes.IsHeadless(spec), ServiceTypes.IsHeadless(before));
            if (!(headless && was)) ValidateAddresses(spec, before, errors);
            if (!headless && !was) ValidateFamilies(spec, before, errors);
        }

        if (spec.Text("type") == "LoadBalancer" && before.Text("type") == "LoadBalancer" && spec.Text("loadBalancerClass") != before.Text("loadBalancerClass"))
        {
            errors.Invalid("spec.loadBalancerClass", spec["loadBalancerClass"], "may not change once set");
        }

        if (ServiceTypes.NeedsHealthCheck(spec) && ServiceTypes.NeedsHealthCheck(before) && spec.Number("healthCheckNodePort") != before.Number("healthCheckNodePort"))
        {
            errors.Forbidden("spec.healthCheckNodePort", "field is immutable");
        }
    }

    private static void ValidateAddresses(JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        var (now, was) = (spec.Texts("clusterIPs").ToList(), before.Texts("clusterIPs").ToList());
        var shown = spec["clusterIPs"] ?? new JsonArray();
        if (now.Count == was.Count)
        {
            for (var i = 0; i < now.Count; i++)
            {
                if (now[i] != was[i]) errors.Invalid($"spec.clusterIPs[{i}]", shown, "may not change once set");
            }

            return;
        }

        if (now.Count == 0) errors.Invalid("spec.clusterIPs[0]", shown, "primary clusterIP can not be unset");
        else if (was.Count > 0 && now[0] != was[0]) errors.Invalid("spec.clusterIPs[0]", shown, "may not change once set");
        if (was.Count > now.Count && now.Count == 1) ValidateRelease(spec, "clusterIP", errors);
    }

    private static void ValidateFamilies(JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        var (now, was) = (spec.Texts("ipFamilies").ToList(), before.Texts("ipFamilies").ToList());
        var shown = spec["ipFamilies"] ?? new JsonArray();
        if (now.Count == was.Count)
        {
            foreach (var _ in now.Zip(was).Where(p => p.First != p.Second)) errors.Invalid("spec.ipFamilies[0]", shown, "may not change once set");
            return;
        }

        if (now.Count > 0 && was.Count > 0 && now[0] != was[0]) errors.Invalid("spec.ipFamilies[0]", shown, "may not change once set");
        if (was.Count > now.Count && now.Count == 1) ValidateRelease(spec, "ipFamily", errors);
    }

    private static void ValidateRelease(JsonObject spec, string what, ICollection<FieldError> errors)
    {
        if (spec.Text("ipFamilyPolicy") != "SingleStack") errors.Invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], $"must be set to 'SingleStack' when releasing the secondary {what}");
    }
}

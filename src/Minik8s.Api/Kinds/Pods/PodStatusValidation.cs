using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's status: containers that ended for good stay ended, and addresses are addresses.</summary>
internal static class PodStatusValidation
{
    private static readonly string[] SystemConditions = ["PodScheduled", "Ready", "Initialized"];

    public static void Validate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var (status, before) = (obj.Map("status"), old.Map("status"));
        var spec = old.Map("spec");
        var i = 0;
        foreach (var condition in status.Items("conditions"))
        {
            var type = condition.Text("type") ?? "";
            if (!SystemConditions.Contains(type)) errors.All($"metadata.conditions[{i}].Type", type, Labels.Key(type));
            i++;
        }

        if (status.Text("nominatedNodeName") is { Length: > 0 } nominated && nominated != before.Text("nominatedNodeName")) errors.All("status.nominatedNodeName", nominated, Names.DnsSubdomain(nominated));
        ValidateEnded(status, before, "containerStatuses", spec, "containers", spec.Text("restartPolicy"), errors);
        ValidateEnded(status, before, "initContainerStatuses", spec, "initContainers", spec.Text("restartPolicy"), errors);
        ValidateEnded(status, before, "ephemeralContainerStatuses", spec, "ephemeralContainers", "Never", errors);
        foreach (var (field, first) in new[] { ("podIPs", "podIP"), ("hostIPs", "hostIP") }) ValidateAddresses(status, field, first, errors);
    }

    private static void ValidateEnded(JsonObject? status, JsonObject? before, string list, JsonObject? spec, string containers, string? policy, ICollection<FieldError> errors)
    {
        if (policy == "Always") return;
        foreach (var (former, at) in before.Indexed(list, "status"))
        {
            if (former.Map("state").Map("terminated") is not { } ended) continue;
            if (ended.Number("exitCode") is not (null or 0) && policy == "OnFailure") continue;
            // A container can have a policy of its own.
            var own = spec.Items(containers).FirstOrDefault(c => c.Text("name") == former.Text("name"));
            if (own.Text("restartPolicy") is "Always" or "OnFailure" || own?["restartPolicyRules"] is JsonArray { Count: > 0 }) continue;
            if (status.Items(list).Any(s => s.Text("name") == former.Text("name") && s.Map("state").Map("terminated") is null)) errors.Forbidden($"{at}.state", "may not be transitioned to non-terminated state");
        }
    }

    private static void ValidateAddresses(JsonObject? status, string field, string first, ICollection<FieldError> errors)
    {
        var seen = new HashSet<string>();
        var families = new HashSet<bool>();
        foreach (var (item, at) in status.Indexed(field, "status"))
        {
            var address = item.Text("ip") ?? "";
            errors.All(at, address, Addresses.Ip(address));
            if (!seen.Add(address)) errors.Duplicate(at, item);
            families.Add(address.Contains(':'));
        }

        if (seen.Count > families.Count) errors.Invalid($"status.{field}", status![field], "may specify no more than one IP for each IP family");
        if (field == "hostIPs" && status.Items(field).FirstOrDefault().Text("ip") is { } host && host != (status.Text(first) ?? "")) errors.Invalid($"status.{field}[0].ip", host, "must be equal to `hostIP`");
    }
}

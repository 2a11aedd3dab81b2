using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Nodes;

/// <summary>Checks of nodes (core/validation; it puts taints below <c>metadata</c> in its messages, and so do we).</summary>
internal static class NodeValidation
{
    public static void ValidateTaints(JsonObject obj, ICollection<FieldError> errors)
    {
        var seen = new HashSet<(string?, string?)>();
        var i = 0;
        foreach (var taint in obj.Map("spec").Items("taints"))
        {
            var path = $"metadata.taints[{i++}]";
            var (key, value, effect) = (taint.Text("key") ?? "", taint.Text("value") ?? "", taint.Text("effect") ?? "");
            errors.All($"{path}.key", key, Labels.Key(key));
            var reasons = Labels.Value(value).ToList();
            if (reasons.Count > 0) errors.Invalid($"{path}.value", value, string.Join(";", reasons));
            if (effect.Length == 0) errors.Required($"{path}.effect");
            else if (effect is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute")) errors.Unsupported($"{path}.effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
            if (!seen.Add((key, effect))) errors.Add(new(FieldErrorType.Duplicate, path, taint.ToJsonString(), "taints must be unique by key and effect pair"));
        }
    }

    public static void ValidateResources(JsonObject obj, ICollection<FieldError> errors)
    {
        foreach (var field in new[] { "capacity", "allocatable" })
        {
            foreach (var (name, value) in obj.Map("status").Map(field) ?? []) ResourceNames.ValidateAmount(name, value, $"status.{field}[{name}]", errors);
        }
    }

    public static void ValidateNetworks(JsonObject obj, ICollection<FieldError> errors)
    {
        var networks = obj.Map("spec").Texts("podCIDRs").ToList();
        for (var i = 0; i < networks.Count; i++) errors.All($"spec.podCIDRs[{i}]", networks[i], Addresses.Network(networks[i]));
        if (networks.Count > 2 || networks.Count == 2 && networks[0].Contains(':') == networks[1].Contains(':'))
        {
            errors.Invalid("spec.podCIDRs", obj.Map("spec")!["podCIDRs"], "may specify no more than one CIDR for each IP family");
        }
    }

    public static void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateResources(obj, errors);
        var addresses = new HashSet<(string?, string?)>();
        var i = 0;
        foreach (var address in obj.Map("status").Items("addresses"))
        {
            if (!addresses.Add((address.Text("type"), address.Text("address")))) errors.Duplicate($"status.addresses[{i}]", address);
            i++;
        }

        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        if (before.Texts("podCIDRs").Any() && !spec["podCIDRs"].Same(before["podCIDRs"])) errors.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
        if (!string.IsNullOrEmpty(before.Text("providerID")) && spec.Text("providerID") != before.Text("providerID")) errors.Forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
        ValidateTaints(obj, errors);
        if ((spec.Text("externalID") ?? "") != (before.Text("externalID") ?? "")) errors.Forbidden("spec.externalID", "may not be updated");
    }
}

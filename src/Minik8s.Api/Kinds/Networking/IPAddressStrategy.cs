using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>IP addresses in use, named by themselves; who uses one is fixed.</summary>
internal sealed class IPAddressStrategy : PlainStrategy
{
    public override IEnumerable<string> ValidateName(string name, bool prefix)
    {
        if (!Addresses.TryParse(name, out var address) || !name.Contains(':') && name.Split('.').Any(p => p.Length > 1 && p[0] == '0')) yield return $"ParseAddr(\"{name}\"): unable to parse IP";
        else if (address.ToString() != name) yield return "must be a canonical format IP address";
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        if (obj.Map("spec").Map("parentRef") is not { } parent)
        {
            errors.Required("spec.parentRef");
            return;
        }

        if (parent.Text("group") is { Length: > 0 } group) errors.All("spec.parentRef.group", group, Names.DnsSubdomain(group));
        foreach (var field in new[] { "resource", "name" })
        {
            var text = parent.Text(field) ?? "";
            if (text.Length == 0) errors.Required($"spec.parentRef.{field}");
            else errors.All($"spec.parentRef.{field}", text, Names.PathSegment(text));
        }

        if (parent.Text("namespace") is { Length: > 0 } ns) errors.All("spec.parentRef.namespace", ns, Names.PathSegment(ns));
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) =>
        errors.Immutable("spec.parentRef", obj.Map("spec")?["parentRef"], old.Map("spec")?["parentRef"]);
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>Checks of the references to other resources in Ingresses and IngressClasses.</summary>
internal static class IngressReference
{
    public static void Validate(JsonObject reference, string path, ICollection<FieldError> errors)
    {
        if (reference.Text("apiGroup") is { } group) errors.All($"{path}.apiGroup", group, Names.DnsSubdomain(group));
        foreach (var field in new[] { "kind", "name" })
        {
            var text = reference.Text(field) ?? "";
            if (text.Length == 0) errors.Required($"{path}.{field}", $"{field} is required");
            else errors.All($"{path}.{field}", text, Names.PathSegment(text));
        }
    }
}

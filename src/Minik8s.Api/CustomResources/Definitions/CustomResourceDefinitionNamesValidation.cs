using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>Checks of the names of a custom kind, wanted or accepted.</summary>
internal static class CustomResourceDefinitionNamesValidation
{
    public static void Validate(JsonObject names, string path, ICollection<FieldError> errors)
    {
        foreach (var field in new[] { "plural", "singular" })
        {
            if (names.Text(field) is { Length: > 0 } name && Reasons(name) is { Length: > 0 } reasons) errors.Invalid($"{path}.{field}", name, reasons);
        }

        foreach (var field in new[] { "kind", "listKind" })
        {
            if (names.Text(field) is { Length: > 0 } name && Reasons(name.ToLowerInvariant()) is { Length: > 0 } reasons) errors.Invalid($"{path}.{field}", name, $"may have mixed case, but should otherwise match: {reasons}");
        }

        Each(names, "shortNames", path, errors);
        if (names.Text("kind") is { Length: > 0 } kind && kind == names.Text("listKind")) errors.Invalid($"{path}.listKind", kind, "kind and listKind may not be the same");
        Each(names, "categories", path, errors);
    }

    private static void Each(JsonObject names, string field, string path, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var entry in names[field] as JsonArray ?? [])
        {
            var name = entry.Text() ?? "";
            if (Reasons(name) is { Length: > 0 } reasons) errors.Invalid($"{path}.{field}[{i}]", name, reasons);
            i++;
        }
    }

    private static string Reasons(string name) => string.Join(',', Names.Dns1035Label(name));
}

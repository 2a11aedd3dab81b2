using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>Checks of a CustomResourceDefinition, in the words of apiextensions' validation.</summary>
internal static class CustomResourceDefinitionValidation
{
    public static void Validate(JsonObject obj, JsonObject? old, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        var names = spec.Map("names") ?? [];
        if (old is null && obj.Map("metadata").Text("name") != $"{names.Text("plural")}.{spec.Text("group")}")
        {
            errors.Invalid("metadata.name", obj.Map("metadata").Text("name") ?? "", "must be spec.names.plural+\".\"+spec.group");
        }

        Spec(spec, errors);
        if (old is not null) Immutable(spec, old, errors);
        CustomResourceDefinitionNamesValidation.Validate(obj.Map("status").Map("acceptedNames") ?? [], "status.acceptedNames", errors);
        StoredVersions(obj.Map("status")?["storedVersions"] as JsonArray ?? [], spec, errors);
        ApiApproval.Validate(obj, old, errors);
        if (spec.Flag("preserveUnknownFields") && old?.Map("spec").Flag("preserveUnknownFields") != true)
        {
            errors.Invalid("spec.preserveUnknownFields", true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
        }
    }

    private static void Spec(JsonObject spec, ICollection<FieldError> errors)
    {
        var group = spec.Text("group") ?? "";
        if (group.Length == 0) errors.Required("spec.group");
        else if (Names.DnsSubdomain(group).ToList() is { Count: > 0 } reasons) errors.Invalid("spec.group", group, string.Join(',', reasons));
        else if (!group.Contains('.')) errors.Invalid("spec.group", group, "should be a domain with at least one dot");
        var scope = spec.Text("scope") ?? "";
        if (scope.Length == 0) errors.Required("spec.scope");
        else if (scope is not ("Cluster" or "Namespaced")) errors.NotSupported("spec.scope", scope, "Cluster", "Namespaced");

        var versions = spec.Items("versions").ToList();
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Map("schema").Map("openAPIV3Schema") is null) errors.Required($"spec.versions[{i}].schema.openAPIV3Schema", "schemas are required");
        }

        for (var i = 0; i < versions.Count; i++)
        {
            var name = versions[i].Text("name") ?? "";
            if (Names.Dns1035Label(name).ToList() is { Count: > 0 } bad) errors.Invalid($"spec.versions[{i}].name", name, string.Join(',', bad));
            Version(versions[i], $"spec.versions[{i}]", errors);
        }

        var shown = new JsonArray([.. versions.Select(v => (JsonNode)(v.Text("name") ?? ""))]);
        if (versions.Select(v => v.Text("name")).Distinct().Count() != versions.Count) errors.Invalid("spec.versions", shown, "must contain unique version names");
        if (versions.Count(v => v.Flag("storage")) != 1) errors.Invalid("spec.versions", shown, "must have exactly one version marked as storage version");

        var names = spec.Map("names") ?? [];
        foreach (var field in new[] { "plural", "singular", "kind", "listKind" })
        {
            if (string.IsNullOrEmpty(names.Text(field))) errors.Required($"spec.names.{field}");
        }

        CustomResourceDefinitionNamesValidation.Validate(names, "spec.names", errors);
        Conversion(spec.Map("conversion") ?? [], errors);
    }

    private static void Version(JsonObject version, string path, ICollection<FieldError> errors)
    {
        Deprecation(version, path, errors);
        var hasStatus = version.Map("subresources")?["status"] is not null;
        if (version.Map("schema").Map("openAPIV3Schema") is { } schema) SchemaValidation.Validate(schema, hasStatus, $"{path}.schema.openAPIV3Schema", errors);
        if (version.Map("subresources").Map("scale") is { } scale) Scale(scale, $"{path}.subresources.scale", errors);
        var i = 0;
        foreach (var column in version.Items("additionalPrinterColumns")) PrinterColumnValidation.Validate(column, $"{path}.additionalPrinterColumns[{i++}]", errors);
        SelectableFieldValidation.Validate(version, path, errors);
    }

    private static void Deprecation(JsonObject version, string path, ICollection<FieldError> errors)
    {
        if (version.Text("deprecationWarning") is not { } warning) return;
        void Bad(string reason) => errors.Invalid($"{path}.deprecationWarning", warning, reason);
        if (!version.Flag("deprecated"))
        {
            Bad("can only be set for deprecated versions");
            return;
        }

        if (Encoding.UTF8.GetByteCount(warning) > 256) Bad("must be <= 256 characters long");
        if (warning.Length == 0) Bad("must not be an empty string");
        var index = warning.AsSpan().IndexOfAnyInRange('\0', '\x1f');
        if (index >= 0) Bad($"must only contain printable UTF-8 characters; non-printable character found at index {index}");
    }

    private static void Scale(JsonObject scale, string path, ICollection<FieldError> errors)
    {
        foreach (var (field, below, required) in new[] { ("specReplicasPath", ".spec.", true), ("statusReplicasPath", ".status.", true), ("labelSelectorPath", ".status.", false) })
        {
            var text = scale.Text(field) ?? "";
            var at = $"{path}.{field}";
            if (text.Length == 0)
            {
                if (required) errors.Required(at);
            }
            else if (text[0] != '.')
            {
                errors.Invalid(at, text, "must be a simple json path starting with .");
            }
            else if (!text.StartsWith(below, StringComparison.Ordinal) && !(field == "labelSelectorPath" && text.StartsWith(".spec.", StringComparison.Ordinal)))
            {
                errors.Invalid(at, text, field == "labelSelectorPath" ? "should be a json path under either .status or .spec" : $"should be a json path under {below[..^1]}");
            }
            else if (text.Any(c => c is '[' or ']' or '*' or '\'' or '"'))
            {
                errors.Invalid(at, text, "must be a json path in the dot notation");
            }
        }
    }

    private static void Conversion(JsonObject conversion, ICollection<FieldError> errors)
    {
        var strategy = conversion.Text("strategy") ?? "";
        if (strategy.Length == 0) errors.Required("spec.conversion.strategy");
        else if (strategy is not ("None" or "Webhook")) errors.NotSupported("spec.conversion.strategy", strategy, "None", "Webhook");
        var webhook = conversion.Map("webhook");
        if (strategy != "Webhook")
        {
            if (webhook?["clientConfig"] is not null) errors.Forbidden("spec.conversion.webhookClientConfig", "should not be set when strategy is not set to Webhook");
            if (webhook?["conversionReviewVersions"] is JsonArray { Count: > 0 }) errors.Forbidden("spec.conversion.conversionReviewVersions", "should not be set when strategy is not set to Webhook");
            return;
        }

        WebhookConversionValidation.Validate(webhook, errors);
    }

    private static void Immutable(JsonObject spec, JsonObject old, ICollection<FieldError> errors)
    {
        var before = old.Map("spec") ?? [];
        var established = old.Map("status").Items("conditions").Any(c => c.Text("type") == "Established" && c.Text("status") == "True");
        void Same(string path, JsonNode? now, JsonNode? then)
        {
            if (!JsonNode.DeepEquals(now, then)) errors.Invalid(path, now?.DeepClone(), "field is immutable");
        }

        if (established)
        {
            Same("spec.scope", spec["scope"], before["scope"]);
            Same("spec.names.kind", spec.Map("names")?["kind"], before.Map("names")?["kind"]);
        }

        Same("spec.group", spec["group"], before["group"]);
        Same("spec.names.plural", spec.Map("names")?["plural"], before.Map("names")?["plural"]);
    }

    private static void StoredVersions(JsonArray stored, JsonObject spec, ICollection<FieldError> errors)
    {
        if (stored.Count == 0)
        {
            errors.Invalid("status.storedVersions", new JsonArray(), "must have at least one stored version");
            return;
        }

        var versions = spec.Items("versions").Select(v => v.Text("name")).ToHashSet();
        for (var i = 0; i < stored.Count; i++)
        {
            var name = stored[i].Text() ?? "";
            if (versions.Contains(name)) continue;
            errors.Invalid($"status.storedVersions[{i}]", name,
                $"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions");
        }
    }
}

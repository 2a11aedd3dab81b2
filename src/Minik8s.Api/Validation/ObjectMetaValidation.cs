using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Validation;

/// <summary>Checks of <c>metadata</c> that are the same for every kind (apimachinery's <c>api/validation</c>).</summary>
public static class ObjectMetaValidation
{
    private const int AnnotationsLimit = 256 * 1024;

    public static void Validate(JsonObject obj, ResourceDefinition resource, ICollection<FieldError> errors)
    {
        var metadata = obj.Map("metadata") ?? [];
        if (metadata.Text("generateName") is { Length: > 0 } prefix) errors.All("metadata.generateName", prefix, resource.Strategy.ValidateName(prefix, prefix: true));
        var name = metadata.Text("name") ?? "";
        if (name.Length == 0) errors.Required("metadata.name", "name or generateName is required");
        else errors.All("metadata.name", name, Names.PathSegment(name).Concat(resource.Strategy.ValidateName(name, prefix: false)));

        foreach (var (key, value) in metadata.Map("labels") ?? [])
        {
            errors.All("metadata.labels", key, Labels.Key(key));
            errors.All("metadata.labels", value.Text() ?? "", Labels.Value(value.Text() ?? ""));
        }

        ValidateAnnotations(metadata, "metadata.annotations", errors);
        ValidateOwners(metadata, errors);
        foreach (var finalizer in metadata["finalizers"] as JsonArray ?? [])
        {
            var text = finalizer.Text() ?? "";
            errors.All("metadata.finalizers", text, Labels.Key(text));
            if (!text.Contains('/') && !resource.IsCustom && resource.Kind.Group != "apiextensions.k8s.io" && text is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                errors.Invalid("metadata.finalizers[0]", text, "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }

    /// <summary>The annotations of an object or a template: keys as labels have them, and a bound on the whole.</summary>
    internal static void ValidateAnnotations(JsonObject? metadata, string path, ICollection<FieldError> errors)
    {
        var size = 0;
        foreach (var (key, value) in metadata.Map("annotations") ?? [])
        {
            errors.All(path, key, Labels.Key(key.ToLowerInvariant()));
            size += key.Length + (value.Text()?.Length ?? 0);
        }

        if (size > AnnotationsLimit) errors.Add(new(FieldErrorType.TooLong, path, null, $"may not be more than {AnnotationsLimit} bytes"));
    }

    /// <summary>What may never change once an object exists.</summary>
    public static void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var metadata = obj.Map("metadata") ?? [];
        var before = old.Map("metadata") ?? [];
        foreach (var field in new[] { "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds" })
        {
            if (!JsonNode.DeepEquals(metadata[field], before[field])) errors.Invalid($"metadata.{field}", metadata[field]?.DeepClone() ?? "", "field is immutable");
        }

        if (before.ContainsKey("deletionTimestamp") && metadata["finalizers"] is JsonArray now)
        {
            var known = (before["finalizers"] as JsonArray ?? []).Select(f => f.Text()).ToHashSet();
            var added = now.Select(f => f.Text()).Where(f => !known.Contains(f)).ToList();
            if (added.Count > 0)
            {
                errors.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(a => $"\"{a}\""))}}}");
            }
        }
    }

    private static void ValidateOwners(JsonObject metadata, ICollection<FieldError> errors)
    {
        var controllers = 0;
        var i = 0;
        foreach (var owner in metadata.Items("ownerReferences"))
        {
            var path = $"metadata.ownerReferences[{i++}]";
            foreach (var field in new[] { "apiVersion", "kind", "name", "uid" })
            {
                if (string.IsNullOrEmpty(owner.Text(field))) errors.Invalid($"{path}.{field}", "", field == "apiVersion" ? "version must not be empty" : "must not be empty");
            }

            if (owner.Flag("controller")) controllers++;
        }

        if (controllers > 1) errors.Invalid("metadata.ownerReferences", metadata["ownerReferences"], "Only one reference can have Controller set to true. Found \"true\" in references for more than one owner");
    }
}

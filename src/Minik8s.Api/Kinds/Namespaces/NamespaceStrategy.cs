using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Namespaces;

/// <summary>Namespaces: they stay, terminating, until their finalizer is taken away by the controller that has emptied them.</summary>
internal sealed class NamespaceStrategy : StatusStrategy
{
    private static readonly string[] StandardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

    public override bool HasGeneration => false;

    public override void PrepareForCreate(JsonObject obj)
    {
        var name = obj.Map("metadata").Text("name");
        if (!string.IsNullOrEmpty(name)) obj.Ensure("metadata").Ensure("labels")["kubernetes.io/metadata.name"] = name;
        var finalizers = obj.Ensure("spec").Texts("finalizers").ToList();
        if (!finalizers.Contains("kubernetes")) obj.Ensure("spec")["finalizers"] = new JsonArray([.. finalizers.Append("kubernetes").Select(f => (JsonNode)f)]);
        obj["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        Keep(obj, old, "spec");
        obj.Ensure("metadata").Ensure("labels").Default("kubernetes.io/metadata.name", obj.Map("metadata").Text("name")!);
    }

    public override IEnumerable<string> ValidateName(string name, bool prefix) => Names.DnsLabel(name, prefix);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        foreach (var finalizer in obj.Map("spec").Texts("finalizers")) ValidateFinalizer(finalizer, "spec.finalizers", errors);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var phase = obj.Map("status").Text("phase") ?? "";
        var going = obj.Map("metadata")?["deletionTimestamp"] is not null;
        if (!going && phase != "Active") errors.Invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
        if (going && phase != "Terminating") errors.Invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
    }

    public override void ValidateSubresourceUpdate(string subresource, JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var finalizer in obj.Map("spec").Texts("finalizers")) ValidateFinalizer(finalizer, $"spec.finalizers[{i++}]", errors);
    }

    private static void ValidateFinalizer(string name, string path, ICollection<FieldError> errors)
    {
        errors.All(path, name, Labels.Key(name));
        if (!name.Contains('/') && !StandardFinalizers.Contains(name)) errors.Invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified");
    }
}

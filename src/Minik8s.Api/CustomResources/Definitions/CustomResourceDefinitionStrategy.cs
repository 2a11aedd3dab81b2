using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>CustomResourceDefinitions: which versions have been stored is remembered, and a deletion waits until the objects are gone.</summary>
internal sealed class CustomResourceDefinitionStrategy : StatusStrategy
{
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is not { } spec) return;
        var names = spec.Ensure("names");
        if (names.Text("kind") is { Length: > 0 } kind)
        {
            if (string.IsNullOrEmpty(names.Text("singular"))) names["singular"] = kind.ToLowerInvariant();
            if (string.IsNullOrEmpty(names.Text("listKind"))) names["listKind"] = kind + "List";
        }

        spec.Ensure("conversion").Default("strategy", "None");
        if (spec.Map("conversion").Map("webhook").Map("clientConfig").Map("service") is { } service) service.Default("port", 443);
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(),
            ["acceptedNames"] = new JsonObject { ["kind"] = "", ["plural"] = "" },
        };
        RememberStorage(obj);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        RememberStorage(obj);
    }

    public override void PrepareForDelete(JsonObject obj)
    {
        var metadata = obj.Ensure("metadata");
        if (metadata["finalizers"] is not JsonArray finalizers) metadata["finalizers"] = finalizers = [];
        if (!finalizers.Any(f => f.Text() == Finalizer)) finalizers.Add((JsonNode)Finalizer);
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => CustomResourceDefinitionValidation.Validate(obj, null, errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => CustomResourceDefinitionValidation.Validate(obj, old, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) =>
        CustomResourceDefinitionNamesValidation.Validate(obj.Map("status").Map("acceptedNames") ?? [], "status.acceptedNames", errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var i = 0;
        foreach (var version in obj.Map("spec").Items("versions"))
        {
            if (HasRules(version.Map("schema").Map("openAPIV3Schema"))) yield return $"spec.versions[{i}].schema.openAPIV3Schema: x-kubernetes-validations are stored and published, but this server does not enforce them";
            i++;
        }
    }

    private static bool HasRules(JsonNode? node) => node switch
    {
        JsonObject map => map.ContainsKey("x-kubernetes-validations") || map.Any(p => HasRules(p.Value)),
        JsonArray list => list.Any(HasRules),
        _ => false,
    };

    private static void RememberStorage(JsonObject obj)
    {
        if (obj.Map("spec").Items("versions").FirstOrDefault(v => v.Flag("storage")).Text("name") is not { } storage) return;
        var status = obj.Ensure("status");
        if (status["storedVersions"] is not JsonArray stored) status["storedVersions"] = stored = [];
        if (!stored.Any(s => s.Text() == storage)) stored.Add((JsonNode)storage);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// The annotation in which client-side <c>kubectl apply</c> keeps what it has applied last. It lets server-side apply take over without conflicts, and
/// is kept up to date so that one can go back.
/// </summary>
internal static class LastApplied
{
    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";
    private const int AnnotationsLimit = 256 * 1024;

    /// <summary>The fields of the annotation that still have the values that were applied; null when there is no annotation of use.</summary>
    public static FieldSet? OwnedBy(JsonObject live, ResourceDefinition resource)
    {
        if (live.Map("metadata").Map("annotations").Text(Annotation) is not { Length: > 0 } text || Parse(text) is not { } applied) return null;
        if (applied.Text("apiVersion") != resource.Kind.ApiVersion || TypedValidation.Check(applied, resource.Schema).Count > 0) return null;
        var comparison = TypedComparison.Compare(applied, live, resource.Schema);
        return TypedFields.Of(applied, resource.Schema).Difference(comparison.Modified).Difference(comparison.Added).Difference(comparison.Removed);
    }

    /// <summary>Writes what has been applied into an annotation that is there already, unless it would become too large.</summary>
    public static void Keep(JsonObject merged, JsonObject config)
    {
        if (merged.Map("metadata").Map("annotations") is not { } annotations || annotations.Text(Annotation) is not { Length: > 0 }) return;
        var applied = config.DeepClone().AsObject();
        applied.Map("metadata").Map("annotations")?.Remove(Annotation);
        annotations[Annotation] = applied.ToJsonString() + "\n";
        if (annotations.Sum(a => a.Key.Length + (a.Value.Text()?.Length ?? 0)) > AnnotationsLimit) annotations.Remove(Annotation);
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 200 })?.DeepClone() as JsonObject;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Somebody has written something else into it: then nothing is known of what was applied.
            return null;
        }
    }
}

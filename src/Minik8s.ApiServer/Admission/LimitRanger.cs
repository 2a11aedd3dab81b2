using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission;

/// <summary>Fills in what a new pod's containers ask for where a LimitRange of the namespace has defaults, and refuses pods and claims outside its bounds.</summary>
internal sealed class LimitRanger(NamespaceIndex ranges) : IAdmission
{
    private const string Annotation = "kubernetes.io/limit-ranger";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var isPod = request.Resource.Kind is { Group: "", Kind: "Pod" } && request.Operation == AdmissionOperation.Create;
        var isClaim = request.Resource.Kind is { Group: "", Kind: "PersistentVolumeClaim" } && request.Operation != AdmissionOperation.Delete && request.Subresource.Length == 0;
        if (!isPod && !isClaim || request.Object.Map("spec") is not { } spec) return default;
        var items = ranges.Of(request.Namespace).SelectMany(r => r.Map("spec").Items("limits")).ToList();
        if (items.Count == 0) return default;
        if (isPod) ApplyDefaults(request.Object, spec, items);
        var errors = isPod ? LimitBounds.OfPod(spec, items) : LimitBounds.OfClaim(spec, items);
        if (errors.Count == 0) return default;
        throw StatusErrors.Forbidden(request.Resource.GroupResource, request.Object.Map("metadata").Text("name") ?? "", errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
    }

    private static void ApplyDefaults(JsonObject pod, JsonObject spec, List<JsonObject> items)
    {
        var (limits, requests) = (Merge(items, "default"), Merge(items, "defaultRequest"));
        if (limits.Count + requests.Count == 0) return;
        var notes = new List<string>();
        foreach (var (list, word) in new[] { ("containers", "container"), ("initContainers", "init container") })
        {
            foreach (var container in spec.Items(list))
            {
                Note(notes, "request", word, container, Fill(container, "requests", requests));
                Note(notes, "limit", word, container, Fill(container, "limits", limits));
            }
        }

        if (notes.Count > 0) pod.Ensure("metadata").Ensure("annotations")[Annotation] = $"LimitRanger plugin set: {string.Join("; ", notes)}";
    }

    private static Dictionary<string, JsonNode> Merge(List<JsonObject> items, string field)
    {
        var merged = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var item in items.Where(i => i.Text("type") == "Container"))
        {
            foreach (var (resource, amount) in item.Map(field) ?? []) merged.TryAdd(resource, amount!);
        }

        return merged;
    }

    private static List<string> Fill(JsonObject container, string field, Dictionary<string, JsonNode> defaults)
    {
        var set = new List<string>();
        if (defaults.Count == 0) return set;
        var amounts = container.Ensure("resources").Ensure(field);
        foreach (var (resource, amount) in defaults)
        {
            if (amounts.ContainsKey(resource)) continue;
            amounts[resource] = amount.DeepClone();
            set.Add(resource);
        }

        return set;
    }

    private static void Note(List<string> notes, string what, string word, JsonObject container, List<string> set)
    {
        if (set.Count > 0) notes.Add($"{string.Join(", ", set.Order(StringComparer.Ordinal))} {what} for {word} {container.Text("name")}");
    }
}

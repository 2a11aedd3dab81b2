using System.Text.Json;
using Minik8s.Api;

namespace Minik8s.ApiServer.Authorization.Node;

/// <summary>Finds what a pod refers to, which is what its node must be able to read (Kubernetes' podutil visitors).</summary>
internal static class PodReferences
{
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    public static HashSet<GraphKey> Of(ReadOnlyMemory<byte> json)
    {
        using var document = ObjectJson.Document(json);
        var root = document.RootElement;
        var metadata = root.GetProperty("metadata");
        var (ns, pod) = (Text(metadata, "namespace"), Text(metadata, "name"));
        var found = new HashSet<GraphKey> { new(GraphKind.Pod, ns, pod) };
        // A mirror pod comes from the node itself: what it refers to proves nothing.
        if (metadata.TryGetProperty("annotations", out var notes) && notes.TryGetProperty(MirrorAnnotation, out _) || !root.TryGetProperty("spec", out var spec)) return found;
        void Add(GraphKind kind, string name)
        {
            if (name.Length > 0) found.Add(new(kind, ns, name));
        }

        Add(GraphKind.ServiceAccount, Text(spec, "serviceAccountName"));
        foreach (var secret in Items(spec, "imagePullSecrets")) Add(GraphKind.Secret, Text(secret, "name"));
        foreach (var list in new[] { "initContainers", "containers", "ephemeralContainers" })
        {
            foreach (var container in Items(spec, list))
            {
                foreach (var source in Items(container, "envFrom")) AddSource(source, "secretRef", "configMapRef", Add);
                foreach (var variable in Items(container, "env"))
                {
                    if (variable.TryGetProperty("valueFrom", out var source)) AddSource(source, "secretKeyRef", "configMapKeyRef", Add);
                }
            }
        }

        foreach (var volume in Items(spec, "volumes")) AddVolume(volume, pod, Add);
        return found;
    }

    private static void AddVolume(JsonElement volume, string pod, Action<GraphKind, string> add)
    {
        foreach (var source in volume.EnumerateObject())
        {
            if (source.Value.ValueKind != JsonValueKind.Object) continue;
            switch (source.Name)
            {
                case "secret" or "azureFile":
                    add(GraphKind.Secret, Text(source.Value, "secretName"));
                    break;
                case "configMap":
                    add(GraphKind.ConfigMap, Text(source.Value, "name"));
                    break;
                case "persistentVolumeClaim":
                    add(GraphKind.PersistentVolumeClaim, Text(source.Value, "claimName"));
                    break;
                case "ephemeral":
                    add(GraphKind.PersistentVolumeClaim, $"{pod}-{Text(volume, "name")}");
                    break;
                case "projected":
                    foreach (var part in Items(source.Value, "sources")) AddSource(part, "secret", "configMap", add);
                    break;
                case "csi":
                    add(GraphKind.Secret, Name(source.Value, "nodePublishSecretRef"));
                    break;
                default:
                    add(GraphKind.Secret, Name(source.Value, "secretRef"));
                    break;
            }
        }
    }

    private static void AddSource(JsonElement source, string secret, string map, Action<GraphKind, string> add)
    {
        add(GraphKind.Secret, Name(source, secret));
        add(GraphKind.ConfigMap, Name(source, map));
    }

    private static string Name(JsonElement parent, string field) => parent.TryGetProperty(field, out var reference) && reference.ValueKind == JsonValueKind.Object ? Text(reference, "name") : "";

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object) : [];
}

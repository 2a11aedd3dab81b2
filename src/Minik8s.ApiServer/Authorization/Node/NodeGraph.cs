using System.Text.Json;
using Minik8s.Api;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Authorization.Node;

/// <summary>
/// What the pods of each node refer to, counted, kept by the caches' events: a question is one look-up, whatever the size of the cluster, and a pod's
/// change costs work only when it comes to a node or leaves it.
/// </summary>
internal sealed class NodeGraph
{
    private readonly Dictionary<string, Dictionary<GraphKey, int>> _byNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Node, string Uid, HashSet<GraphKey> References)> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (GraphKey Claim, GraphKey[] Secrets)> _volumes = new(StringComparer.Ordinal);
    private readonly Dictionary<GraphKey, HashSet<string>> _volumesBySecret = [];
    private readonly Dictionary<string, string> _attachments = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Whether a pod on the node refers to an object, itself or by a volume that its claim is bound to.</summary>
    public bool Refers(string node, GraphKey key)
    {
        lock (_gate)
        {
            if (!_byNode.TryGetValue(node, out var references)) return false;
            return references.ContainsKey(key) || _volumesBySecret.TryGetValue(key, out var volumes) && volumes.Any(v => references.ContainsKey(_volumes[v].Claim));
        }
    }

    /// <summary>Whether a pod on the node uses a PersistentVolume.</summary>
    public bool UsesVolume(string node, string volume)
    {
        lock (_gate) return _volumes.TryGetValue(volume, out var known) && _byNode.TryGetValue(node, out var references) && references.ContainsKey(known.Claim);
    }

    /// <summary>Whether a VolumeAttachment is the node's.</summary>
    public bool IsAttachedTo(string node, string attachment)
    {
        lock (_gate) return _attachments.GetValueOrDefault(attachment) == node;
    }

    public void PodChanged(CacheEvent change)
    {
        var pod = change.Current;
        var node = change.Type == CacheEventType.Deleted ? "" : NodeOf(pod);
        lock (_gate)
        {
            var known = _pods.TryGetValue(pod.Key, out var before);
            if (!known && node.Length == 0) return;
            var uid = node.Length == 0 ? "" : ObjectIdentity.Read(pod).Uid;
            // What a pod refers to is fixed, but for the containers that are added for debugging.
            if (known && before.Node == node && before.Uid == uid && pod.Json.AsSpan().IndexOf("\"ephemeralContainers\""u8) < 0) return;
            if (known)
            {
                foreach (var reference in before.References) Release(before.Node, reference);
                _pods.Remove(pod.Key);
            }

            if (node.Length == 0) return;
            var references = PodReferences.Of(pod.Json);
            _pods[pod.Key] = (node, uid, references);
            if (!_byNode.TryGetValue(node, out var counts)) _byNode[node] = counts = [];
            foreach (var reference in references) counts[reference] = counts.GetValueOrDefault(reference) + 1;
        }
    }

    public void VolumeChanged(CacheEvent change)
    {
        var name = change.Current.Name;
        lock (_gate)
        {
            if (_volumes.Remove(name, out var before))
            {
                foreach (var secret in before.Secrets)
                {
                    if (_volumesBySecret.TryGetValue(secret, out var volumes) && volumes.Remove(name) && volumes.Count == 0) _volumesBySecret.Remove(secret);
                }
            }

            if (change.Type == CacheEventType.Deleted || ReadVolume(change.Current.Json) is not { } volume) return;
            _volumes[name] = volume;
            foreach (var secret in volume.Secrets)
            {
                if (!_volumesBySecret.TryGetValue(secret, out var volumes)) _volumesBySecret[secret] = volumes = [];
                volumes.Add(name);
            }
        }
    }

    public void AttachmentChanged(CacheEvent change)
    {
        lock (_gate)
        {
            if (change.Type == CacheEventType.Deleted)
            {
                _attachments.Remove(change.Current.Name);
                return;
            }

            using var document = ObjectJson.Document(change.Current.Json);
            _attachments[change.Current.Name] = document.RootElement.TryGetProperty("spec", out var spec) && spec.TryGetProperty("nodeName", out var node) ? node.GetString() ?? "" : "";
        }
    }

    private void Release(string node, GraphKey reference)
    {
        var counts = _byNode[node];
        if (--counts[reference] > 0) return;
        counts.Remove(reference);
        if (counts.Count == 0) _byNode.Remove(node);
    }

    // The resource's first selectable field is the node's name.
    private static string NodeOf(CachedObject pod) => pod.Fields[0];

    private static (GraphKey Claim, GraphKey[] Secrets)? ReadVolume(byte[] json)
    {
        using var document = ObjectJson.Document(json);
        if (!document.RootElement.TryGetProperty("spec", out var spec) || !spec.TryGetProperty("claimRef", out var claim)) return null;
        string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var ns = Text(claim, "namespace");
        var secrets = new List<GraphKey>();
        foreach (var source in spec.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object))
        {
            foreach (var field in new[] { "secretRef", "nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef" })
            {
                if (!source.Value.TryGetProperty(field, out var reference) || reference.ValueKind != JsonValueKind.Object || Text(reference, "name") is not { Length: > 0 } name) continue;
                secrets.Add(new(GraphKind.Secret, Text(reference, "namespace") is { Length: > 0 } given ? given : ns, name));
            }
        }

        return (new(GraphKind.PersistentVolumeClaim, ns, Text(claim, "name")), [.. secrets]);
    }
}

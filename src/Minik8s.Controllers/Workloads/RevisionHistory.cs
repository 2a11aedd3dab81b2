using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Workloads;

/// <summary>The templates that an owner had, as ControllerRevisions; <c>kubectl rollout history</c> and <c>undo</c> read them.</summary>
internal sealed class RevisionHistory<TOwner>(ResourceClient<TOwner> owners, ResourceClient<V1ControllerRevision> client, string hashLabel)
    where TOwner : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ClaimCollection<TOwner, V1ControllerRevision> _claims = new(owners, client);

    /// <summary>The revisions that belong to the owner.</summary>
    public Task<List<V1ControllerRevision>> ClaimAsync(TOwner owner, ObjectSelector selector, IEnumerable<V1ControllerRevision> candidates, CancellationToken cancellationToken) =>
        _claims.ClaimAsync(owner, selector, candidates, cancellationToken);

    /// <summary>The revision of the present template, which is made where it is missing and is always the newest; null when its name is taken by another template.</summary>
    public async Task<V1ControllerRevision?> EnsureAsync(TOwner owner, V1PodTemplateSpec template, int? collisions, IReadOnlyList<V1ControllerRevision> all, CancellationToken cancellationToken)
    {
        var data = Data(template);
        var matching = all.Where(r => Matches(r, data)).OrderByDescending(r => r.Revision).ToList();
        var next = all.Except(matching).Select(r => r.Revision ?? 0).DefaultIfEmpty(0).Max() + 1;
        if (matching.Count == 0) return await CreateAsync(owner, template, data, collisions, next, cancellationToken);
        if (matching[0].Revision >= next) return matching[0];
        // The owner went back to a former template.
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = matching[0].Metadata.ResourceVersion }, ["revision"] = next };
        return await client.PatchAsync(matching[0].Metadata.Name, matching[0].Metadata.NamespaceProperty, PatchKind.Merge, KubeJson.Bytes(patch), null, cancellationToken);
    }

    /// <summary>Deletes the oldest revisions beyond the number that is kept, but none that a pod still has.</summary>
    public async Task CleanUpAsync(IEnumerable<V1ControllerRevision> old, IReadOnlySet<string> live, int limit, CancellationToken cancellationToken)
    {
        var candidates = old.OrderBy(r => r.Revision).ToList();
        var surplus = candidates.Count - limit;
        foreach (var revision in candidates.Where(r => !live.Contains(Hash(r))).Take(Math.Max(0, surplus)))
        {
            try
            {
                await client.DeleteAsync(revision.Metadata.Name, revision.Metadata.NamespaceProperty, new DeleteOptions { Uid = revision.Metadata.Uid }, cancellationToken);
            }
            catch (ApiException e) when (e.IsNotFound)
            {
                // Someone was quicker.
            }
        }
    }

    /// <summary>The label by which pods name their revision.</summary>
    public string Hash(V1ControllerRevision revision) => revision.Metadata.Labels is { } labels && labels.TryGetValue(hashLabel, out var hash) ? hash : revision.Metadata.Name;

    /// <summary>The template that a revision holds.</summary>
    public static V1PodTemplateSpec Template(V1ControllerRevision revision) => ModelJson.Read<V1PodTemplateSpec>(((JsonElement)revision.Data).GetProperty("spec").GetProperty("template"));

    private async Task<V1ControllerRevision?> CreateAsync(TOwner owner, V1PodTemplateSpec template, JsonObject data, int? collisions, long revision, CancellationToken cancellationToken)
    {
        var hash = TemplateHash.Of(template, collisions);
        var made = new V1ControllerRevision
        {
            Metadata = new V1ObjectMeta
            {
                Name = $"{owner.Metadata.Name}-{hash}",
                NamespaceProperty = owner.Metadata.NamespaceProperty,
                Labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>()) { [hashLabel] = hash },
                Annotations = owner.Metadata.Annotations,
                OwnerReferences = [OwnerReferences.To(owner)],
            },
            Data = JsonDocument.Parse(data.ToJsonString()).RootElement,
            Revision = revision,
        };
        try
        {
            return await client.CreateAsync(made, cancellationToken);
        }
        catch (ApiException e) when (e.IsAlreadyExists)
        {
            var present = await client.FindAsync(made.Metadata.Name, made.Metadata.NamespaceProperty, cancellationToken);
            // The one wanted, which the cache does not show yet; or another template with the same hash.
            return present is not null && OwnerReferences.Controller(present.Metadata)?.Uid == owner.Metadata.Uid && Matches(present, data) ? present : null;
        }
    }

    private static bool Matches(V1ControllerRevision revision, JsonObject data) =>
        revision.Data is JsonElement element && JsonNode.DeepEquals(JsonNode.Parse(element.GetRawText()), data);

    /// <summary>The strategic merge patch that brings the template back.</summary>
    private static JsonObject Data(V1PodTemplateSpec template)
    {
        var node = ModelJson.ToNode(template).AsObject();
        node["$patch"] = "replace";
        return new JsonObject { ["spec"] = new JsonObject { ["template"] = node } };
    }
}

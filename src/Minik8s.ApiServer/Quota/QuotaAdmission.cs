using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Quota;

/// <summary>
/// Refuses what would exceed a ResourceQuota of the namespace. The usage is written into the quota before the object itself, by compare-and-swap, so that
/// writes at the same time, also by other servers, cannot exceed it together (Kubernetes' ResourceQuota admission).
/// </summary>
internal sealed class QuotaAdmission(NamespaceIndex quotas, Func<ResourceRegistry> registry, Func<QuotaCounter> counter) : IAdmission
{
    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!request.Resource.Namespaced || request.Operation == AdmissionOperation.Delete || request.Subresource.Length > 0) return;
        // Of what changes, only claims and services can come to need more.
        if (request.Operation == AdmissionOperation.Update && request.Resource.Kind is not { Group: "", Kind: "PersistentVolumeClaim" or "Service" }) return;
        var wanted = quotas.Of(request.Namespace).Where(q => QuotaScopes.Covers(q, request.Resource, request.Object)).ToList();
        if (wanted.Count == 0) return;
        var delta = Delta(request);
        foreach (var quota in wanted)
        {
            var hard = QuotaUsage.Read(quota.Map("spec").Map("hard"));
            CheckStated(request, quota, hard.Keys);
            if (delta.Any(d => hard.ContainsKey(d.Key))) await ChargeAsync(request, quota, delta, cancellationToken);
        }
    }

    private static Dictionary<string, Quantity> Delta(AdmissionRequest request)
    {
        var delta = QuotaUsage.Of(request.Resource, request.Object);
        if (request.Old is null) return delta;
        foreach (var (name, amount) in QuotaUsage.Of(request.Resource, request.Old))
        {
            if (delta.TryGetValue(name, out var now)) delta[name] = now - amount;
        }

        return delta.Where(d => d.Value.Value > 0).ToDictionary(d => d.Key, d => d.Value);
    }

    private static void CheckStated(AdmissionRequest request, JsonObject quota, IEnumerable<string> limited)
    {
        if (request.Resource.Kind is not { Group: "", Kind: "Pod" }) return;
        var missing = QuotaUsage.Unstated(request.Object, limited);
        if (missing.Count == 0) return;
        throw Refused(request, $"failed quota: {Name(quota)}: must specify {string.Join("; ", missing.Select(m => $"{m.Key} for: {string.Join(',', m.Value)}"))}");
    }

    private async ValueTask ChargeAsync(AdmissionRequest request, JsonObject quota, Dictionary<string, Quantity> delta, CancellationToken cancellationToken)
    {
        var owner = registry();
        // A quota that nobody has counted for yet, or whose limits have changed, is counted now.
        var counted = Settled(quota) ? null : await counter().CountAsync(quota, request.Namespace, cancellationToken);
        JsonObject Charge(JsonObject present)
        {
            var hard = QuotaUsage.Read(present.Map("spec").Map("hard"));
            var used = QuotaUsage.Read(present.Map("status").Map("used"));
            foreach (var (name, amount) in counted ?? []) used.TryAdd(name, amount);
            var asked = delta.Where(d => hard.ContainsKey(d.Key)).OrderBy(d => d.Key, StringComparer.Ordinal).ToList();
            var over = asked.Where(d => used.GetValueOrDefault(d.Key) + d.Value > hard[d.Key]).ToList();
            if (over.Count > 0)
            {
                string List(Func<string, Quantity> amount) => string.Join(',', over.Select(d => $"{d.Key}={amount(d.Key)}"));
                throw Refused(request, $"exceeded quota: {Name(present)}, requested: {List(n => delta[n])}, used: {List(n => used.GetValueOrDefault(n))}, limited: {List(n => hard[n])}");
            }

            foreach (var (name, amount) in asked) used[name] = used.TryGetValue(name, out var before) ? before + amount : amount;
            QuotaStatus.Write(present, used);
            return present;
        }

        try
        {
            if (request.Operation == AdmissionOperation.Create && !request.DryRun) counter().Charging(Key(request), request.Namespace, request.Resource, request.Object.DeepClone().AsObject(), Name(quota));
            var (charged, _) = await owner.UpdateAsync(request.Namespace, Name(quota), "status", Charge, new WriteOptions { Warn = _ => { }, DryRun = request.DryRun }, cancellationToken);
            if (!request.DryRun) counter().Charged(Key(request), Name(quota), charged.Revision);
        }
        catch (StatusException e) when (e.Reason == StatusReason.NotFound)
        {
            // The quota has just been deleted: it limits nothing any more.
            counter().Charged(Key(request), Name(quota), long.MaxValue);
        }
        catch
        {
            counter().Withdrawn(Key(request));
            throw;
        }
    }

    private static bool Settled(JsonObject quota) =>
        QuotaUsage.Read(quota.Map("spec").Map("hard")).Keys.All(name => quota.Map("status").Map("used")?.ContainsKey(name) == true);

    private static string Key(AdmissionRequest request) => $"/registry/{(request.Resource.Kind.Group.Length == 0 ? "" : request.Resource.Kind.Group + "/")}{request.Resource.Plural}/{request.Namespace}/{request.Object.Map("metadata").Text("name")}";

    private static string Name(JsonObject quota) => quota.Map("metadata").Text("name") ?? "";

    private static StatusException Refused(AdmissionRequest request, string why) => StatusErrors.Forbidden(request.Resource.GroupResource, request.Object.Map("metadata").Text("name") ?? "", why);
}

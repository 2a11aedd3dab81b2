using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.Api.Kinds.Policy;
using Minik8s.Api.Selectors;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>
/// Answers <c>pods/eviction</c>: deletes a pod if its PodDisruptionBudget lets it go, and books the disruption in the budget's status, so that evictions
/// that run at the same time do not take more pods than it allows.
/// </summary>
internal sealed class EvictionHandler(RegistryCatalog catalog, TimeProvider time)
{
    private const int Retries = 20;

    /// <summary>More than these are not booked: nobody seems to confirm the evictions that went before.</summary>
    private const int MaxDisruptedPods = 2000;

    private const string Violation = "Cannot evict pod as it would violate the pod's disruption budget.";

    private static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");

    public async Task HandleAsync(HttpContext context, ResourceRegistry pods, RequestInfo request)
    {
        var write = WriteHandler.Options(context, "CreateOptions");
        var eviction = ObjectReader.Read(await WriteHandler.BodyAsync(context, PolicyResources.Eviction.Schema), PolicyResources.Eviction, write);
        if (eviction.Map("metadata").Text("name") is { Length: > 0 } name && name != request.Name) throw StatusErrors.BadRequest("name in URL does not match name in Eviction object");
        var given = eviction.Map("deleteOptions") is { } body ? Encoding.UTF8.GetBytes(body.ToJsonString()) : [];
        var options = DeleteOptions.Read(q => q == "dryRun" ? context.Request.Query[q].ToString() : null, given) with { User = context.GetUser() };
        await EvictAsync(pods, request.Namespace, request.Name, options, write with { DryRun = options.DryRun }, context.RequestAborted);
        await Respond.BytesAsync(context, 201, "application/json", "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}"u8.ToArray());
    }

    private async Task EvictAsync(ResourceRegistry pods, string ns, string name, DeleteOptions options, WriteOptions write, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var found = await pods.GetAsync(ns, name, cancellationToken);
            var pod = ObjectBytes.Parse(found.Json);
            if (!NeedsNoBudget(pod))
            {
                await EvictRunningAsync(pods, found, pod, options, write, cancellationToken);
                return;
            }

            // A pod that waits may become one that counts: it goes as it was seen, or is looked at again.
            var guarded = pod.Map("status").Text("phase") == "Pending" && pod.Map("metadata")?["deletionTimestamp"] is null && options.ResourceVersion is null;
            try
            {
                await pods.DeleteAsync(ns, name, guarded ? options with { ResourceVersion = Version(found) } : options, cancellationToken);
                return;
            }
            catch (StatusException e) when (e.Code == 409 && options.ResourceVersion is null && attempt < Retries)
            {
                // Somebody changed the pod meanwhile.
            }
        }
    }

    private async Task EvictRunningAsync(ResourceRegistry pods, CachedObject found, JsonObject pod, DeleteOptions options, WriteOptions write, CancellationToken cancellationToken)
    {
        var budgets = Matching(found);
        if (budgets.Count > 1)
        {
            throw new StatusException(500, StatusReason.InternalError, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        var guarded = false;
        var budgetName = "";
        if (budgets is [var budget])
        {
            budgetName = budget.Map("metadata").Text("name")!;
            guarded = !IsReady(pod) && MayGoUnready(budget);
            if (!guarded)
            {
                // The budget is read again for every attempt; a refusal ends them.
                await catalog.Get(Budgets).UpdateAsync(found.Namespace, budgetName, "status", present => Book(present, found.Name), write, cancellationToken);
            }
        }

        try
        {
            await pods.DeleteAsync(found.Namespace, found.Name, guarded && options.ResourceVersion is null ? options with { ResourceVersion = Version(found) } : options, cancellationToken);
        }
        catch (StatusException e) when (e.Code == 409 && guarded && options.ResourceVersion is null)
        {
            // It may have become ready since: the client asks again.
            throw StillProcessed(budgetName);
        }
    }

    private List<JsonObject> Matching(CachedObject pod)
    {
        var registry = catalog.Get(Budgets);
        var (items, _) = registry.Cache.List(new ObjectSelector(registry.Resource, pod.Namespace, "", ""));
        return [.. items.Select(i => ObjectBytes.Parse(i.Json)).Where(b => LabelSelector.TryOf(b.Map("spec").Map("selector"), out var selector) && selector.Matches(pod.Labels))];
    }

    private JsonObject Book(JsonObject budget, string pod)
    {
        var name = budget.Map("metadata").Text("name")!;
        var status = budget.Ensure("status");
        var allowed = status.Number("disruptionsAllowed") ?? 0;
        if ((status.Number("observedGeneration") ?? 0) < (budget.Map("metadata").Number("generation") ?? 0)) throw StillProcessed(name);
        var resource = new GroupResource("policy", "poddisruptionbudget");
        if (allowed < 0) throw StatusErrors.Forbidden(resource, name, "pdb disruptions allowed is negative");
        var disrupted = status.Ensure("disruptedPods");
        if (disrupted.Count > MaxDisruptedPods) throw StatusErrors.Forbidden(resource, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        if (allowed == 0)
        {
            throw Refused($"The disruption budget {name} needs {status.Number("desiredHealthy") ?? 0} healthy pods and has {status.Number("currentHealthy") ?? 0} currently", 0);
        }

        status["disruptionsAllowed"] = allowed - 1;
        if (allowed == 1) SetDisallowed(status);
        disrupted[pod] = ResourceRegistry.Timestamp(time.GetUtcNow());
        return budget;
    }

    private void SetDisallowed(JsonObject status)
    {
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        var condition = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == "DisruptionAllowed");
        if (condition is null)
        {
            condition = new JsonObject { ["type"] = "DisruptionAllowed", ["message"] = "" };
            conditions.Add((JsonNode)condition);
        }

        if (condition.Text("status") != "False") condition["lastTransitionTime"] = ResourceRegistry.Timestamp(time.GetUtcNow());
        condition["status"] = "False";
        condition["reason"] = "InsufficientPods";
        if (status["observedGeneration"] is { } generation) condition["observedGeneration"] = generation.DeepClone();
    }

    /// <summary>A pod that is not ready disrupts nothing when it goes, if enough others are.</summary>
    private static bool MayGoUnready(JsonObject budget)
    {
        if (budget.Map("spec").Text("unhealthyPodEvictionPolicy") == "AlwaysAllow") return true;
        var desired = budget.Map("status").Number("desiredHealthy") ?? 0;
        return desired > 0 && (budget.Map("status").Number("currentHealthy") ?? 0) >= desired;
    }

    private static bool NeedsNoBudget(JsonObject pod) =>
        pod.Map("metadata")?["deletionTimestamp"] is not null || pod.Map("status").Text("phase") is "Succeeded" or "Failed" or "Pending";

    private static bool IsReady(JsonObject pod) => pod.Map("status").Items("conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");

    private static string Version(CachedObject pod) => pod.Revision.ToString(CultureInfo.InvariantCulture);

    private static StatusException StillProcessed(string budget) => Refused($"The disruption budget {budget} is still being processed by the server.", 10);

    private static StatusException Refused(string why, int retryAfterSeconds) =>
        new(429, StatusReason.TooManyRequests, Violation, new StatusDetails(Causes: [new StatusCause("DisruptionBudget", why)], RetryAfterSeconds: retryAfterSeconds));
}

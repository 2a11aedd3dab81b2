using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Endpoints;

/// <summary>Makes the Endpoints of one service true.</summary>
internal sealed class EndpointsReconciler(
    ILister<V1Service> services, ILister<V1Pod> pods, ILister<V1Endpoints> endpoints, ResourceClient<V1Endpoints> client, IEventRecorder events)
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var service = services.Get(key);
        var present = endpoints.Get(key);
        if (service is null)
        {
            if (present is not null && EndpointsObjects.IsOurs(present)) await DeleteAsync(present, cancellationToken);
            return ReconcileResult.Done;
        }

        if (service.Metadata.DeletionTimestamp is not null || !ServicePods.HasSelector(service)) return ReconcileResult.Done;
        var selected = pods.ByIndex(Indexes.Namespace, key.Namespace).Where(p => ServicePods.Matches(service, p.Metadata.Labels));
        var desired = EndpointsObjects.Make(service, selected, present);
        try
        {
            if (present is null) await client.CreateAsync(desired, cancellationToken);
            else if (!Same(present, desired)) await client.UpdateAsync(desired, cancellationToken);
        }
        catch (ApiException e) when (present is null && e.Code == 403)
        {
            // The namespace is going away, and with it the service: nothing new is taken there.
        }
        catch (ApiException e) when (!e.IsConflict && !e.IsAlreadyExists)
        {
            events.Warning(service, present is null ? "FailedToCreateEndpoint" : "FailedToUpdateEndpoint",
                $"Failed to {(present is null ? "create" : "update")} endpoint {key}: {e.Message}");
            throw;
        }

        return ReconcileResult.Done;
    }

    private static bool Same(V1Endpoints present, V1Endpoints desired) =>
        Content(present).AsSpan().SequenceEqual(Content(desired))
        && (present.Metadata.Labels ?? new Dictionary<string, string>()).OrderBy(l => l.Key, StringComparer.Ordinal).SequenceEqual(desired.Metadata.Labels.OrderBy(l => l.Key, StringComparer.Ordinal));

    private static byte[] Content(V1Endpoints value) => ModelJson.Write(new V1Endpoints { Subsets = value.Subsets ?? [] });

    private async Task DeleteAsync(V1Endpoints present, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteAsync(present.Metadata.Name, present.Metadata.NamespaceProperty, new DeleteOptions { Uid = present.Metadata.Uid }, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Someone was quicker.
        }
    }
}

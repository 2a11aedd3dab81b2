using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Endpoints;

/// <summary>Makes the slices of one service true.</summary>
internal sealed class EndpointSliceReconciler(
    ILister<V1Service> services, ILister<V1Pod> pods, ILister<V1Node> nodes, ILister<V1EndpointSlice> slices, ResourceClient<V1EndpointSlice> client, IEventRecorder events, TimeProvider time)
{
    private static readonly TimeSpan StaleLimit = TimeSpan.FromSeconds(10);
    private readonly SliceTracker _tracker = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<ObjectKey, DateTimeOffset> _staleSince = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var present = slices.ByIndex(EndpointSliceController.ServiceIndex, key.ToString()).Where(EndpointSliceObjects.IsOurs).ToList();
        if (!_tracker.IsCurrent(key, present))
        {
            // The event of the last write calls again. Should it never come (the slice was changed once more and then deleted), the store counts in the end.
            var since = _staleSince.GetOrAdd(key, time.GetUtcNow());
            if (time.GetUtcNow() - since < StaleLimit) return ReconcileResult.After(TimeSpan.FromSeconds(1));
            _tracker.Forget(key);
        }

        _staleSince.TryRemove(key, out _);
        var service = services.Get(key);
        if (service is null || service.Metadata.DeletionTimestamp is not null)
        {
            if (service is null) await DeleteAsync(key, present, cancellationToken);
            return ReconcileResult.Done;
        }

        // A service without a selector keeps the slices that someone else makes for it.
        if (!ServicePods.HasSelector(service)) return ReconcileResult.Done;
        var selected = pods.ByIndex(Indexes.Namespace, key.Namespace).Where(p => ServicePods.Matches(service, p.Metadata.Labels));
        var plan = EndpointSlicePlan.Make(service, selected, name => nodes.Get(new ObjectKey("", name)), present);
        try
        {
            await WriteAsync(key, plan, cancellationToken);
        }
        catch (ApiException e) when (e.Code == 403 && plan.Create.Count > 0)
        {
            // The namespace is going away, and with it the service: nothing new is taken there.
            return ReconcileResult.Done;
        }
        catch (ApiException e) when (!e.IsConflict)
        {
            events.Warning(service, "FailedToUpdateEndpointSlices", $"Error updating Endpoint Slices for Service {key}: {e.Message}");
            throw;
        }

        return ReconcileResult.Done;
    }

    private async Task WriteAsync(ObjectKey key, EndpointSlicePlan plan, CancellationToken cancellationToken)
    {
        // New ones first: an endpoint that moves is then never missing, at worst there twice.
        foreach (var slice in plan.Create) _tracker.Written(key, await client.CreateAsync(slice, cancellationToken));
        foreach (var slice in plan.Update) _tracker.Written(key, await client.UpdateAsync(slice, cancellationToken));
        await DeleteAsync(key, plan.Delete, cancellationToken);
    }

    private async Task DeleteAsync(ObjectKey key, IEnumerable<V1EndpointSlice> gone, CancellationToken cancellationToken)
    {
        foreach (var slice in gone)
        {
            try
            {
                await client.DeleteAsync(slice.Metadata.Name, slice.Metadata.NamespaceProperty, new DeleteOptions { Uid = slice.Metadata.Uid }, cancellationToken);
            }
            catch (ApiException e) when (e.IsNotFound)
            {
                // Someone was quicker.
            }

            _tracker.Deleted(key, slice);
        }
    }
}

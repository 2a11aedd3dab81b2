using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.CustomResources.Definitions;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.CustomResources;

/// <summary>Deletes the objects of a definition that is being deleted, waits until they are gone, and then takes the finalizer away.</summary>
/// <param name="definitions">The registry of the definitions.</param>
/// <param name="time">The time of conditions.</param>
/// <param name="again">Is told the name of a definition when it is worth looking at it again.</param>
internal sealed class DefinitionFinalizer(ResourceRegistry definitions, TimeProvider time, Action<string> again) : IDisposable
{
    private const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    // Definitions whose objects are still going.
    private readonly Dictionary<string, Watcher> _waiting = new(StringComparer.Ordinal);

    public async Task FinalizeAsync(string name, JsonObject definition, ServedDefinition? served, CancellationToken cancellationToken)
    {
        if (definition.Map("metadata")!["finalizers"] is not JsonArray finalizers || !finalizers.Any(f => f.Text() == Finalizer)) return;
        if (served is null)
        {
            await FinishAsync(name, "NeverEstablished", "resource was never established", cancellationToken);
            return;
        }

        if (!DefinitionConditions.IsTrue(definition, "Terminating"))
        {
            await WriteAsync(name, "status", obj => DefinitionConditions.Set(obj.Ensure("status"), "Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress", time.GetUtcNow()), cancellationToken);
        }

        if (await DeleteAllAsync(served, cancellationToken))
        {
            Forget(name);
            await FinishAsync(name, "InstanceDeletionCompleted", "removed all instances", cancellationToken);
            return;
        }

        if (_waiting.ContainsKey(name)) return;
        var watcher = served.Cache.Watch(new ObjectSelector(served.Stored.Resource, "", "", ""), served.Cache.Revision);
        _waiting[name] = watcher;
        _ = TellAsync(name, watcher);
    }

    public void Dispose()
    {
        foreach (var watcher in _waiting.Values) watcher.Dispose();
    }

    /// <summary>Whether none is left.</summary>
    private static async Task<bool> DeleteAllAsync(ServedDefinition served, CancellationToken cancellationToken)
    {
        var registry = served.Stored;
        var everything = new ObjectSelector(registry.Resource, "", "", "");
        await registry.Cache.WaitForStoreAsync(cancellationToken);
        var left = false;
        foreach (var item in registry.Cache.List(everything).Items)
        {
            try
            {
                var (_, gone) = await registry.DeleteAsync(item.Namespace, item.Name, new DeleteOptions(), cancellationToken);
                left |= !gone;
            }
            catch (StatusException e) when (e.Code == 404)
            {
                // Gone already.
            }
        }

        return !left;
    }

    private async Task TellAsync(string name, Watcher watcher)
    {
        await foreach (var (e, _) in watcher.ReadAllAsync(CancellationToken.None))
        {
            if (e.Type == CacheEventType.Deleted) again(name);
        }

        again(name);
    }

    private void Forget(string name)
    {
        if (_waiting.Remove(name, out var watcher)) watcher.Dispose();
    }

    private async Task FinishAsync(string name, string reason, string message, CancellationToken cancellationToken)
    {
        await WriteAsync(name, "status", obj => DefinitionConditions.Set(obj.Ensure("status"), "Terminating", "False", reason, message, time.GetUtcNow()), cancellationToken);
        await WriteAsync(name, "finalize", obj =>
        {
            if (obj.Map("metadata")?["finalizers"] is not JsonArray finalizers) return;
            foreach (var own in finalizers.Where(f => f.Text() == Finalizer).ToList()) finalizers.Remove(own);
        }, cancellationToken);
    }

    private async Task WriteAsync(string name, string subresource, Action<JsonObject> change, CancellationToken cancellationToken) => await definitions.UpdateAsync("", name, subresource, present =>
    {
        present.Map("metadata")!.Remove("resourceVersion");
        change(present);
        return present;
    }, new WriteOptions { Warn = _ => { } }, cancellationToken);
}

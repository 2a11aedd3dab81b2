using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.ServiceAccounts;

/// <summary>Keeps one object in every namespace that is not going away.</summary>
internal sealed class NamespaceObjectReconciler<T>(
    ILister<V1Namespace> namespaces, ILister<T> present, ResourceClient<T> client, Func<string, T> desired, Func<T, T, bool> same)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    public async Task<ReconcileResult> ReconcileAsync(string ns, CancellationToken cancellationToken)
    {
        if (namespaces.Get(new ObjectKey("", ns)) is not { Metadata.DeletionTimestamp: null }) return ReconcileResult.Done;
        var wanted = desired(ns);
        var found = present.Get(ObjectKey.Of(wanted));
        try
        {
            if (found is null)
            {
                await client.CreateAsync(wanted, cancellationToken);
            }
            else if (!same(found, wanted))
            {
                wanted.Metadata.ResourceVersion = found.Metadata.ResourceVersion;
                wanted.Metadata.Labels = found.Metadata.Labels;
                await client.UpdateAsync(wanted, cancellationToken);
            }
        }
        catch (ApiException e) when (found is null && e.IsAlreadyExists)
        {
            // Its event is on its way and decides whether it is as it should be.
        }
        catch (ApiException e) when (e.IsNotFound || IsTerminating(e))
        {
            // The namespace went away meanwhile.
        }

        return ReconcileResult.Done;
    }

    private static bool IsTerminating(ApiException e) => e.Code == 403 && e.Status?.Details?.Causes?.Any(c => c.Reason == "NamespaceTerminating") == true;
}

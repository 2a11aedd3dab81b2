using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Minik8s.Host.Configuration;
using Minik8s.Host.Pki;
using Minik8s.Store;
using Minik8s.Store.Embedded;
using Minik8s.Store.Etcd;

namespace Minik8s.Host.Roles;

/// <summary>Opens the store that the settings name.</summary>
internal static class Datastore
{
    // Outside of /registry, where objects are.
    private const string IdentityKey = "/minik8s/identity";

    /// <exception cref="StoreUnavailableException">The store cannot be opened.</exception>
    /// <exception cref="UsageException">The store is that of a cluster with another authority.</exception>
    public static async Task<IStore> OpenAsync(HostOptions options, ClusterPki pki, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (options.Datastore is not { } etcd) return await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = options.Layout.Store }, loggers, cancellationToken);
        var store = await EtcdStore.OpenAsync(etcd, loggers, cancellationToken);
        try
        {
            await CheckIdentityAsync(store, pki, options.Layout.Pki, cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// All servers of a cluster sign with the same keys. The first leaves their ids in the store; one that does not accept what those have signed would refuse the
    /// rest of the cluster, and be refused. One whose keys have been changed still accepts the former ones, and leaves the new ids.
    /// </summary>
    internal static async Task CheckIdentityAsync(IStore store, ClusterPki pki, string directory, CancellationToken cancellationToken)
    {
        var own = $"{Fingerprint(pki.CaCertificate)} {pki.TokenKeys.SigningId}";
        var value = Encoding.ASCII.GetBytes(own);
        var written = await store.WriteAsync(new WriteRequest(IdentityKey, value, 0), cancellationToken);
        if (written.Succeeded) return;
        var found = Encoding.ASCII.GetString(written.Current!.Value.Span);
        if (found == own) return;
        if (found.Split(' ') is [var authority, var key] && pki.Authorities.Any(a => Fingerprint(a) == authority) && pki.TokenKeys.Ids.Contains(key))
        {
            await store.WriteAsync(new WriteRequest(IdentityKey, value, written.Current.ModRevision), cancellationToken);
            return;
        }

        throw new UsageException(
            $"the datastore belongs to a cluster whose keys are others than those in {directory}; copy ca.crt, ca.key, sa.key and sa.pub from that directory of another server of the cluster, "
            + "remove the other files there, and start again");
    }

    private static string Fingerprint(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);
}

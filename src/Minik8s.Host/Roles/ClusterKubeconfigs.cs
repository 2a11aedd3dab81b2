using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Minik8s.Host.Configuration;
using Minik8s.Host.Kubeconfig;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Roles;

/// <summary>Writes the administrator's and the components' kubeconfigs, and the context in the user's own; again whenever a certificate has been renewed.</summary>
internal sealed partial class ClusterKubeconfigs(HostOptions options, ClusterPki pki, ILogger<ClusterKubeconfigs> logger)
{
    /// <returns>Where the user's context went; null when it went nowhere.</returns>
    public async Task<MergedContext?> WriteAsync(CancellationToken cancellationToken)
    {
        var administrator = Credentials(pki.Admin);
        await KubeconfigWriter.WriteAsync(options.Layout.AdminKubeconfig, options.Context, "admin", administrator, cancellationToken);
        foreach (var (name, certificate) in new[] { ("scheduler", pki.Scheduler), ("controller-manager", pki.ControllerManager), ("proxy", pki.Proxy) })
        {
            await KubeconfigWriter.WriteAsync(options.Layout.Kubeconfig(name), options.Context, name, Credentials(certificate), cancellationToken);
        }

        if (!options.MergeUserKubeconfig) return null;
        try
        {
            return await UserKubeconfigOf(options).MergeAsync(administrator, cancellationToken);
        }
        catch (KubeconfigException e)
        {
            // The cluster does not depend on it, and the administrator's own kubeconfig is written.
            LogUserKubeconfig(options.Layout.AdminKubeconfig, e);
            return null;
        }
    }

    /// <summary>The user's kubeconfig as this installation sees it.</summary>
    public static UserKubeconfig UserKubeconfigOf(HostOptions options) => new(
        new UserKubeconfigOptions
        {
            Installation = options.Layout.DataDir,
            ContextName = options.Context,
            OwnFiles = [options.Layout.AdminKubeconfig],
            Environment = name => name == "KUBECONFIG" && options.UserKubeconfig is { } file ? file : Environment.GetEnvironmentVariable(name),
        },
        TimeProvider.System);

    private KubeconfigCredentials Credentials(RenewingCertificate certificate) => new(Server(), pki.CaPem, certificate.CertificatePem, certificate.PrivateKeyPem);

    private string Server()
    {
        IPAddress address = options.AdvertiseAddress;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"https://[{address}]:{options.Port}" : $"https://{address}:{options.Port}";
    }

    [LoggerMessage(LogLevel.Warning, "The context could not be entered into the user's kubeconfig; use {AdminKubeconfig}")]
    private partial void LogUserKubeconfig(string adminKubeconfig, Exception exception);
}

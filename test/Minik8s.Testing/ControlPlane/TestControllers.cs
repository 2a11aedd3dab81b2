using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Client;
using Minik8s.Controllers;

namespace Minik8s.Testing.ControlPlane;

/// <summary>The controllers in this process, against the real API server.</summary>
public sealed class TestControllers : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly KubeClient _client;
    private readonly Task _running;

    private TestControllers(KubeClient client, ControllerManagerOptions options)
    {
        _client = client;
        _running = ControllerManager.RunAsync(options, client, null, NullLoggerFactory.Instance, TimeProvider.System, _stop.Token);
    }

    /// <summary>Starts them with the rights of the administrator.</summary>
    public static TestControllers Start(TestControlPlane plane) => new(new KubeClient(KubeconfigFile.Load(plane.Kubeconfig)), new ControllerManagerOptions());

    /// <summary>Starts them with their own certificate, and with the authority by which they publish and sign.</summary>
    public static TestControllers StartWithAuthority(TestControlPlane plane) => new(
        new KubeClient(new ClientConfig { Server = plane.Address, CertificateAuthorities = plane.Pki.Authorities, ClientCertificate = () => plane.Pki.ControllerManager.Current }),
        new ControllerManagerOptions { RootCertificateAuthority = plane.Pki.CaPem, CertificateSigner = plane.Pki });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }
}

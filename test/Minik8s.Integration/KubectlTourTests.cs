using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Client;
using Minik8s.Controllers;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The stock kubectl's commands, one after the other, against the API server and the controllers; each tour is a text of commands and what they print.</summary>
public sealed class KubectlTourTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private TestControlPlane _plane = null!;
    private KubeClient _client = null!;
    private Task _controllers = Task.CompletedTask;

    public static TheoryData<string> Tours => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures/Tours"), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    public async ValueTask InitializeAsync()
    {
        _plane = await TestControlPlane.StartAsync();
        _client = new KubeClient(KubeconfigFile.Load(_plane.Kubeconfig));
        _controllers = ControllerManager.RunAsync(new ControllerManagerOptions(), _client, null, NullLoggerFactory.Instance, TimeProvider.System, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _controllers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
        await _plane.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Tours))]
    public async Task Kubectl_prints_what_it_prints_with_Kubernetes(string tour)
    {
        await Tour.WalkAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures/Tours", tour + ".txt"), _plane.Kubeconfig);
        Assert.Empty(_plane.Errors.Entries);
    }
}

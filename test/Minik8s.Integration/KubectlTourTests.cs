using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The stock kubectl's commands, one after the other, against the API server and the controllers; each tour is a text of commands and what they print.</summary>
public sealed class KubectlTourTests : IAsyncLifetime
{
    private TestControlPlane _plane = null!;
    private TestControllers _controllers = null!;

    public static TheoryData<string> Tours => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures/Tours"), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    public async ValueTask InitializeAsync()
    {
        _plane = await TestControlPlane.StartAsync();
        _controllers = TestControllers.Start(_plane);
    }

    public async ValueTask DisposeAsync()
    {
        await _controllers.DisposeAsync();
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

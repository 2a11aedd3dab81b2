using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration.CustomResources;

/// <summary>A control plane with the four kinds of the fixtures.</summary>
public sealed class CustomPlane : IAsyncLifetime
{
    private static readonly string[] Definitions = ["certificate", "monitor", "workflow", "service"];
    private TestControlPlane? _plane;

    public TestControlPlane Plane => _plane ?? throw new InvalidOperationException("the control plane has not been started");

    public static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "CustomResources", name + ".yaml");

    public async ValueTask InitializeAsync()
    {
        _plane = await TestControlPlane.StartAsync();
        (await _plane.Kubectl(["apply", .. Definitions.SelectMany(d => new[] { "-f", Fixture(d) })])).Succeeded();
        (await _plane.Kubectl("wait", "--for=condition=established", "crd", "--all", "--timeout=60s")).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        if (_plane is not null) await _plane.DisposeAsync();
    }
}

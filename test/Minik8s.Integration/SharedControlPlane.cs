using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The control plane that the tests of a class share.</summary>
public sealed class SharedControlPlane : IAsyncLifetime
{
    private TestControlPlane? _plane;

    public TestControlPlane Plane => _plane ?? throw new InvalidOperationException("the control plane has not been started");

    public async ValueTask InitializeAsync() => _plane = await TestControlPlane.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_plane is not null) await _plane.DisposeAsync();
    }
}

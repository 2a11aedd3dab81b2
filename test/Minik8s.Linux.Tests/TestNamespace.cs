using Minik8s.Testing.Cluster;

namespace Minik8s.Linux.Tests;

/// <summary>A network namespace for one test.</summary>
public abstract class TestNamespace : IAsyncLifetime
{
    private NetworkNamespace? _machine;

    protected NetworkNamespace Machine => _machine ?? throw new InvalidOperationException("the namespace has not been made");

    public async ValueTask InitializeAsync() => _machine = await NetworkNamespace.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null) await _machine.DisposeAsync();
    }

    /// <summary>Makes something inside.</summary>
    protected T Make<T>(Func<T> make) => NamespaceThread.Run(Machine.Name, make);
}

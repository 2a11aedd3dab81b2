using System.Runtime.InteropServices;

namespace Minik8s.Host.Lifetime;

/// <summary>Turns SIGINT and SIGTERM into a cancellation; a second one ends the process at once.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Signals()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (_stop.IsCancellationRequested) return;
                context.Cancel = true;
                _stop.Cancel();
            }));
        }
    }

    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }
}

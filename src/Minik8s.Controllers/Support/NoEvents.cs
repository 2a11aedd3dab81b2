using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Support;

/// <summary>For controllers that have nothing to tell users.</summary>
internal sealed class NoEvents : IEventRecorder
{
    public static NoEvents Instance { get; } = new();

    public void Record(V1ObjectReference about, EventType type, string reason, string message)
    {
    }
}

using System.Collections.Concurrent;
using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Testing.Reconciling;

/// <summary>Notes the events that a component tells.</summary>
public sealed class RecordingEvents : IEventRecorder
{
    private readonly ConcurrentQueue<string> _events = new();

    /// <summary><c>Warning FailedCreate web: message</c>, in order.</summary>
    public IReadOnlyList<string> All => [.. _events];

    public void Record(V1ObjectReference about, EventType type, string reason, string message) => _events.Enqueue($"{type} {reason} {about.Name}: {message}");

    public void Clear() => _events.Clear();
}

using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>Tells users what a component did to an object, or could not do. Calls return at once and never fail.</summary>
public interface IEventRecorder
{
    /// <param name="about">The object; with <c>fieldPath</c> where it is about a part of it, such as <c>spec.containers{web}</c>.</param>
    /// <param name="type">Whether all is well.</param>
    /// <param name="reason">One word in CamelCase for programs, such as <c>Scheduled</c>.</param>
    /// <param name="message">A sentence for people.</param>
    void Record(V1ObjectReference about, EventType type, string reason, string message);
}

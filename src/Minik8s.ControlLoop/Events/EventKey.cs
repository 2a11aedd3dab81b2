using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>What makes two events the same. A key for similar events leaves the message out.</summary>
internal readonly record struct EventKey(string Kind, string Namespace, string Name, string Uid, string FieldPath, EventType Type, string Reason, string? Message)
{
    public static EventKey Same(V1ObjectReference about, EventType type, string reason, string message) => new(
        about.Kind ?? "", about.NamespaceProperty ?? "", about.Name ?? "", about.Uid ?? "", about.FieldPath ?? "", type, reason, message);

    public static EventKey Similar(V1ObjectReference about, EventType type, string reason) => Same(about, type, reason, "") with { FieldPath = "", Message = null };
}

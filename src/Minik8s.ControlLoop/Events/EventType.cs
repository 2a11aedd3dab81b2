namespace Minik8s.ControlLoop;

/// <summary>The two types of events.</summary>
public enum EventType
{
    Normal,
    Warning,
}

namespace Minik8s.Testing.Watching;

/// <summary>One event of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Object">The object in it, with the event's revision.</param>
public sealed record SeenEvent(string Type, ObjectState Object);

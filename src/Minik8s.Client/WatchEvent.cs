namespace Minik8s.Client;

/// <summary>What happened to an object.</summary>
public enum WatchEventType
{
    Added,
    Modified,

    /// <summary>The object is gone, or no longer matches the selectors; the event carries its last state.</summary>
    Deleted,

    /// <summary>Nothing happened: the object bears only the resource version up to which all events were delivered.</summary>
    Bookmark,
}

/// <summary>One event of a watch.</summary>
public readonly record struct WatchEvent<T>(WatchEventType Type, T Object);

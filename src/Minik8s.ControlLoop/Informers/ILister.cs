namespace Minik8s.ControlLoop;

/// <summary>
/// Reads a local copy of a collection. What it gives is shared by everyone in the process and must not be changed: copy it first
/// (<c>with</c>, or <see cref="Minik8s.Client.Json.ModelJson.Copy{T}"/>).
/// </summary>
public interface ILister<T>
    where T : class
{
    /// <summary>How many objects there are.</summary>
    int Count { get; }

    /// <summary>One object, null when there is none.</summary>
    T? Get(ObjectKey key);

    /// <summary>All objects, in no particular order.</summary>
    IReadOnlyList<T> List();

    /// <summary>The objects for which an index gives this value.</summary>
    /// <exception cref="KeyNotFoundException">There is no index of that name.</exception>
    IReadOnlyList<T> ByIndex(string index, string value);
}

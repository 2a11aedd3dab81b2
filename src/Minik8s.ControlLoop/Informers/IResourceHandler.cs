namespace Minik8s.ControlLoop;

/// <summary>
/// Hears of every change of a collection, in order, one call at a time, after the store has taken it up. It must be quick (put a key in a queue)
/// and must not throw: a failure ends the informer, and with it the process.
/// </summary>
public interface IResourceHandler<in T>
{
    /// <summary>An object appeared. <paramref name="initial"/>: it was there already when this handler was added, or in the first list.</summary>
    void Added(T obj, bool initial);

    /// <summary>An object changed; both are the same object when the periodic resync repeats what is known.</summary>
    void Updated(T old, T now);

    /// <summary>An object is gone; this is its last known state.</summary>
    void Deleted(T last);
}

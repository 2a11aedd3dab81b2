namespace Minik8s.ControlLoop;

/// <summary>Takes what a <see cref="Reflector{T}"/> brings, in order, one call at a time.</summary>
internal interface IReflectorSink<in T>
{
    /// <summary>The whole collection: what is missing here is gone.</summary>
    void Replace(IReadOnlyList<T> items);

    void Set(T obj);

    void Remove(T obj);
}

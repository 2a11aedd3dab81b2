namespace Minik8s.ControlLoop;

/// <summary>A handler from separate functions; what is null is not heard.</summary>
public sealed class ResourceHandler<T>(Action<T>? added = null, Action<T, T>? updated = null, Action<T>? deleted = null) : IResourceHandler<T>
{
    public void Added(T obj, bool initial) => added?.Invoke(obj);

    public void Updated(T old, T now) => updated?.Invoke(old, now);

    public void Deleted(T last) => deleted?.Invoke(last);
}

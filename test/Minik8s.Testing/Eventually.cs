using System.Diagnostics;

namespace Minik8s.Testing;

/// <summary>The one way in which tests wait: for a condition, with a generous limit.</summary>
public static class Eventually
{
    /// <summary>Returns when the condition holds; fails with the description, and the last failure of the condition itself, when the limit runs out.</summary>
    public static async Task True(Func<Task<bool>> condition, string description, TimeSpan? limit = null)
    {
        await Value(async () => await condition() ? description : null, description, limit);
    }

    /// <summary>Returns the first value that is not null.</summary>
    public static async Task<T> Value<T>(Func<Task<T?>> probe, string description, TimeSpan? limit = null)
        where T : class
    {
        var allowed = limit ?? TimeSpan.FromSeconds(60);
        var watch = Stopwatch.StartNew();
        Exception? last = null;
        while (true)
        {
            try
            {
                if (await probe() is { } value) return value;
                last = null;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                last = e;
            }

            if (watch.Elapsed > allowed) throw new TimeoutException($"not within {allowed.TotalSeconds:0} s: {description}", last);
            await Task.Delay(TimeSpan.FromMilliseconds(25));
        }
    }
}

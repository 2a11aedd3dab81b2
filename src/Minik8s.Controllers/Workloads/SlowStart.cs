namespace Minik8s.Controllers.Workloads;

/// <summary>Repeats an action in batches of 1, 2, 4… at a time, so that what fails for one reason fails once and not a thousand times.</summary>
internal static class SlowStart
{
    /// <returns>How often it succeeded, and the first failure, which ended it.</returns>
    public static async Task<(int Succeeded, Exception? Failure)> RunAsync(int count, Func<int, Task> action)
    {
        var done = 0;
        for (var batch = Math.Min(count, 1); batch > 0; batch = Math.Min(2 * batch, count - done))
        {
            var start = done;
            var tasks = Enumerable.Range(start, batch).Select(action).ToList();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var failed = tasks.Where(t => !t.IsCompletedSuccessfully).ToList();
            done += batch;
            if (failed.Count > 0) return (done - failed.Count, failed[0].Exception?.InnerException ?? new TaskCanceledException(failed[0]));
        }

        return (done, null);
    }
}

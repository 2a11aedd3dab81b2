using Microsoft.Extensions.Logging;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>
/// The level-triggered loop: workers take keys from the queue and reconcile each. A reconcile that throws is logged and its key comes back with
/// back-off; it never ends the loop. What the queue or this class itself throws does.
/// </summary>
public sealed class Controller<TKey>(
    string name, WorkQueue<TKey> queue, Func<TKey, CancellationToken, Task<ReconcileResult>> reconcile, ILogger logger, int workers = 1)
    where TKey : notnull
{
    /// <summary>The name in logs and metrics.</summary>
    public string Name => name;

    /// <summary>Waits until the informers have their first list, then works until cancelled.</summary>
    public async Task RunAsync(IEnumerable<IInformer> waitFor, CancellationToken cancellationToken)
    {
        foreach (var informer in waitFor) await informer.WaitForSyncAsync(cancellationToken);
        ControllerLog.Started(logger, name, workers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = new List<Task>(workers);
        for (var i = 0; i < workers; i++) tasks.Add(Task.Run(() => WorkAsync(stop.Token), CancellationToken.None));
        try
        {
            await await Task.WhenAny(tasks);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            queue.ShutDown();
        }
    }

    /// <summary>Reconciles one key as a worker would; the tests' way to step the loop.</summary>
    internal async Task ProcessAsync(TKey key, CancellationToken cancellationToken)
    {
        try
        {
            var result = await reconcile(key, cancellationToken);
            if (result.BackOff)
            {
                queue.AddRateLimited(key);
                return;
            }

            queue.Forget(key);
            if (result.RequeueAfter is { } delay) queue.AddAfter(key, delay);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // Someone else wrote first; the event of that write is on its way, the back-off only covers its delay.
            ControllerLog.Conflict(logger, name, key.ToString()!, e.Message);
            queue.AddRateLimited(key);
        }
        catch (Exception e)
        {
            ControllerLog.Failed(logger, e, name, key.ToString()!, queue.Requeues(key) + 1);
            queue.AddRateLimited(key);
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var item = await queue.TakeAsync(cancellationToken);
            if (!item.HasKey)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new InvalidOperationException($"the queue of {name} was shut down under its controller");
            }

            try
            {
                await ProcessAsync(item.Key, cancellationToken);
            }
            finally
            {
                queue.Done(item.Key);
            }
        }
    }
}

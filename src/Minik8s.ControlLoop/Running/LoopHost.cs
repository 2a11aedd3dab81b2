using Microsoft.Extensions.Logging;

namespace Minik8s.ControlLoop;

/// <summary>
/// Runs long-lived loops side by side. They are meant to run until cancelled: the first that ends in any other way takes the others down, and
/// <see cref="RunAsync"/> fails with its name. Nothing is restarted here: the process ends and its supervisor starts it again.
/// </summary>
public sealed class LoopHost(ILogger logger)
{
    private readonly List<(string Name, Func<CancellationToken, Task> Loop)> _loops = [];

    /// <summary>Adds a loop; only before <see cref="RunAsync"/>.</summary>
    public void Add(string name, Func<CancellationToken, Task> loop) => _loops.Add((name, loop));

    /// <summary>Runs until cancelled; then waits for every loop to end.</summary>
    /// <exception cref="LoopFailedException">A loop ended by itself.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        LoopFailedException? failure = null;
        var running = new Dictionary<Task, string>();
        foreach (var (name, loop) in _loops) running.Add(Task.Run(() => loop(stop.Token), CancellationToken.None), name);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running.Keys);
            running.Remove(ended, out var name);
            var cause = ended.Exception?.InnerException;
            var inOrder = stop.IsCancellationRequested && (cause is null or OperationCanceledException);
            if (inOrder) continue;
            ControllerLog.LoopEnded(logger, cause, name!, cause?.Message ?? "it returned");
            failure ??= new LoopFailedException(name!, cause);
            await stop.CancelAsync();
        }

        if (failure is not null) throw failure;
    }
}

using Microsoft.Extensions.Logging;

namespace Minik8s.Host.Lifetime;

/// <summary>
/// Starts roles in order, waits until a signal or a failure, and stops them in the reverse order, so that each can still reach what it depends on.
/// A role that ends by itself takes the process down loudly: its supervisor restarts it from a known state.
/// </summary>
internal sealed partial class RoleRunner(ILogger<RoleRunner> logger)
{
    /// <returns>The exit code: 0 after an orderly stop, 1 after a failure.</returns>
    public async Task<int> RunAsync(IReadOnlyList<IRole> roles, CancellationToken stop)
    {
        var running = new List<(IRole Role, Task Life, CancellationTokenSource Stopping)>();
        var exitCode = 0;
        try
        {
            foreach (var role in roles)
            {
                var stopping = new CancellationTokenSource();
                using (stop.Register(() => { if (running.All(r => r.Role != role)) stopping.Cancel(); }))
                {
                    running.Add((role, await role.StartAsync(stopping.Token), stopping));
                }

                LogStarted(role.Name);
            }

            var signal = Task.Delay(Timeout.Infinite, stop);
            var ended = await Task.WhenAny(running.Select(r => r.Life).Append(signal));
            if (ended != signal)
            {
                var (role, life, _) = running.Single(r => r.Life == ended);
                LogFailed(role.Name, life.Exception?.GetBaseException() ?? new InvalidOperationException("it ended without being told to"));
                exitCode = 1;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop while still starting.
        }

        LogStopping();
        for (var i = running.Count - 1; i >= 0; i--)
        {
            var (role, life, stopping) = running[i];
            await stopping.CancelAsync();
            try
            {
                await life;
            }
            catch (OperationCanceledException)
            {
                // The expected end of a cancelled loop.
            }
            catch (Exception e)
            {
                if (exitCode == 0) LogFailed(role.Name, e);
                exitCode = 1;
            }

            stopping.Dispose();
        }

        return exitCode;
    }

    [LoggerMessage(LogLevel.Information, "{Role} started")]
    private partial void LogStarted(string role);

    [LoggerMessage(LogLevel.Critical, "{Role} failed; stopping the process")]
    private partial void LogFailed(string role, Exception exception);

    [LoggerMessage(LogLevel.Information, "Stopping")]
    private partial void LogStopping();
}

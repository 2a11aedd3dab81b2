using Microsoft.Extensions.Logging.Abstractions;

namespace Minik8s.ControlLoop.Tests.Running;

public sealed class LoopHostTests
{
    private readonly LoopHost _host = new(NullLogger.Instance);

    [Fact]
    public async Task Cancelling_ends_all_loops_in_good_order()
    {
        var ended = 0;
        for (var i = 0; i < 3; i++) _host.Add($"loop {i}", token => Forever(token, () => Interlocked.Increment(ref ended)));
        using var stop = new CancellationTokenSource();
        var running = _host.RunAsync(stop.Token);
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(3, ended);
    }

    [Fact]
    public async Task The_first_loop_that_fails_takes_the_others_down_and_is_named()
    {
        var ended = 0;
        _host.Add("healthy", token => Forever(token, () => ended++));
        _host.Add("sick", _ => throw new InvalidOperationException("fever"));
        var e = await Assert.ThrowsAsync<LoopFailedException>(() => _host.RunAsync(default).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("sick", e.LoopName);
        Assert.Equal("the loop sick failed: fever", e.Message);
        Assert.IsType<InvalidOperationException>(e.InnerException);
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task A_loop_that_returns_has_failed_too()
    {
        _host.Add("healthy", token => Forever(token, () => { }));
        _host.Add("idle", _ => Task.CompletedTask);
        var e = await Assert.ThrowsAsync<LoopFailedException>(() => _host.RunAsync(default).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("the loop idle returned before it was told to", e.Message);
    }

    [Fact]
    public async Task A_loop_that_fails_while_it_is_being_stopped_is_not_hidden()
    {
        _host.Add("sore", async token =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException("cannot let go");
            }
        });
        using var stop = new CancellationTokenSource();
        var running = _host.RunAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAsync<LoopFailedException>(() => running.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static async Task Forever(CancellationToken token, Action ended)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, token);
        }
        finally
        {
            ended();
        }
    }
}

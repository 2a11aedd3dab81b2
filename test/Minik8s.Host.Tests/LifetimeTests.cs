using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;

namespace Minik8s.Host.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Roles_stop_in_reverse_order_after_a_signal()
    {
        var order = new List<string>();
        using var stop = new CancellationTokenSource();
        var run = Runner().RunAsync([new FakeRole("first", order), new FakeRole("second", order)], stop.Token);
        await stop.CancelAsync();
        Assert.Equal(0, await run);
        Assert.Equal(["first starts", "second starts", "second stops", "first stops"], order);
    }

    [Fact]
    public async Task A_role_that_fails_takes_the_others_down_and_the_exit_code_says_so()
    {
        var order = new List<string>();
        var failure = new TaskCompletionSource();
        var run = Runner().RunAsync([new FakeRole("first", order), new FakeRole("failing", order, failure.Task)], CancellationToken.None);
        failure.SetException(new InvalidOperationException("broken"));
        Assert.Equal(1, await run);
        Assert.Contains("first stops", order);
    }

    [Fact]
    public void A_data_directory_serves_one_process_at_a_time()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "minik8s.lock");
        Assert.Null(InstanceLock.HolderOf(path));
        using (InstanceLock.Acquire(path))
        {
            Assert.Equal(Environment.ProcessId, InstanceLock.HolderOf(path));
            Assert.Contains($"process {Environment.ProcessId}", Assert.Throws<UsageException>(() => InstanceLock.Acquire(path)).Message);
        }

        Assert.Null(InstanceLock.HolderOf(path));
        InstanceLock.Acquire(path).Dispose();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static RoleRunner Runner() => new(NullLogger<RoleRunner>.Instance);

    private sealed class FakeRole(string name, List<string> order, Task? end = null) : IRole
    {
        public string Name => name;

        public Task<Task> StartAsync(CancellationToken stopping)
        {
            order.Add($"{name} starts");
            return Task.FromResult(Live());

            async Task Live()
            {
                if (end is not null) await end;
                var stopped = new TaskCompletionSource();
                await using var registration = stopping.Register(() => stopped.SetResult());
                await stopped.Task;
                order.Add($"{name} stops");
            }
        }
    }
}

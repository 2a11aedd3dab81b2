using System.Collections.Concurrent;
using System.Diagnostics;
using Minik8s.Store.Etcd;
using Minik8s.Testing.Etcd;

namespace Minik8s.Store.Tests.Etcd;

/// <summary>Three members of which some die under load: nothing that was acknowledged is lost, nothing that is read is old, and it goes on soon.</summary>
public sealed class EtcdClusterTests
{
    private const int Writers = 6;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly ConcurrentDictionary<string, bool> _unknown = new();

    [Fact]
    public async Task The_death_of_a_member_and_then_of_the_leader_loses_nothing()
    {
        await using var cluster = await EtcdCluster.StartAsync(3, null, "--heartbeat-interval", "50", "--election-timeout", "500");
        var options = new EtcdStoreOptions { Endpoints = cluster.Endpoints };
        await using var one = await EtcdStore.OpenAsync(options, null, default);
        await using var other = await EtcdStore.OpenAsync(options, null, default);
        var start = await one.Revision();
        await using var watch = await other.Watch("/w/", start);
        using var done = new CancellationTokenSource();
        var writing = Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(w % 2 == 0 ? (one, other) : (other, one), w, done.Token))).ToList();
        await ProgressAsync("before any failure");

        var leader = await cluster.LeaderAsync();
        var follower = cluster.Members.First(m => m != leader);
        await follower.KillAsync();
        await ProgressAsync("without a follower");
        follower.Start();
        await cluster.ReadyAsync();
        leader = await cluster.LeaderAsync();
        await leader.KillAsync();
        await ProgressAsync("without the former leader");
        leader.Start();
        await cluster.ReadyAsync();
        await ProgressAsync("with all three again");
        await done.CancelAsync();
        await Task.WhenAll(writing);

        var present = (await one.RangeAsync(RangeQuery.Prefix("/w/"), default)).Items.ToDictionary(i => i.Key, i => i.ModRevision);
        foreach (var (key, revision) in _acknowledged) Assert.True(present.TryGetValue(key, out var found) && found == revision, $"{key} was acknowledged at {revision} and is at {found}");
        Assert.All(present.Keys, key => Assert.True(_acknowledged.ContainsKey(key) || _unknown.ContainsKey(key), key));
        var seen = await watch.Take(present.Count);
        Assert.Equal(present.OrderBy(p => p.Value).Select(p => (p.Key, p.Value)), seen.Select(e => (e.Key, e.Revision)));
    }

    private async Task WriteAsync((IStore Writes, IStore Reads) stores, int writer, CancellationToken done)
    {
        for (var i = 0; !done.IsCancellationRequested; i++)
        {
            var key = $"/w/{writer}/{i:000000}";
            try
            {
                var result = await stores.Writes.Put(key, key, 0);
                Assert.True(result.Succeeded, $"{key} is new");
                _acknowledged[key] = result.Revision;
            }
            catch (StoreUnavailableException)
            {
                _unknown[key] = true;
                continue;
            }

            try
            {
                // Through the other connection, and so perhaps another member.
                Assert.Equal(_acknowledged[key], (await stores.Reads.Get(key))?.ModRevision);
            }
            catch (StoreUnavailableException)
            {
                // No answer is no old answer.
            }
        }
    }

    private async Task ProgressAsync(string when)
    {
        var watch = Stopwatch.StartNew();
        var before = _acknowledged.Count;
        await Eventually.True(() => Task.FromResult(_acknowledged.Count >= before + 100), $"writes go on {when}", Soon);
        TestContext.Current.TestOutputHelper?.WriteLine($"{when}: 100 writes after {watch.Elapsed.TotalSeconds:0.0} s");
    }
}

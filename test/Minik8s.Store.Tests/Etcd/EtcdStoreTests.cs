using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Store.Etcd;
using Minik8s.Testing.Etcd;

namespace Minik8s.Store.Tests.Etcd;

/// <summary>What is particular to the etcd engine: leases, compaction, prefixes, and failures that are told in words.</summary>
public sealed class EtcdStoreTests(EtcdFixture etcd) : IClassFixture<EtcdFixture>
{
    [Fact]
    public async Task Keys_that_expire_at_about_the_same_time_share_a_lease()
    {
        var time = new FakeTimeProvider();
        await using var store = await EtcdStore.OpenAsync(etcd.Fresh() with { TimeProvider = time }, null, default);
        var before = await LeasesAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => store.Put($"/events/{i}", "v", 0, TimeSpan.FromHours(1))));
        Assert.Equal(before + 1, await LeasesAsync());
        time.Advance(TimeSpan.FromSeconds(59));
        await store.Put("/events/soon", "v", 0, TimeSpan.FromHours(1));
        Assert.Equal(before + 1, await LeasesAsync());
        time.Advance(TimeSpan.FromSeconds(2));
        await store.Put("/events/later", "v", 0, TimeSpan.FromHours(1));
        Assert.Equal(before + 2, await LeasesAsync());
    }

    [Fact]
    public async Task A_shared_lease_that_etcd_has_lost_is_replaced()
    {
        await using var store = await EtcdStore.OpenAsync(etcd.Fresh(), null, default);
        await store.Put("/events/1", "v", 0, TimeSpan.FromHours(1));
        using var http = new HttpClient { BaseAddress = etcd.Cluster.Endpoints[0] };
        foreach (var lease in await LeaseIdsAsync()) (await http.PostAsync("/v3/lease/revoke", new StringContent($"{{\"ID\":\"{lease}\"}}"))).EnsureSuccessStatusCode();
        Assert.True((await store.Put("/events/2", "v", 0, TimeSpan.FromHours(1))).Succeeded);
        Assert.Equal(["/events/2=v"], await store.List("/events/"));
    }

    [Fact]
    public async Task Two_prefixes_on_one_etcd_do_not_see_each_other()
    {
        var (one, other) = (etcd.Fresh(), etcd.Fresh());
        await using var first = await EtcdStore.OpenAsync(one, null, default);
        await using var second = await EtcdStore.OpenAsync(other, null, default);
        var start = await first.Revision();
        await using var watch = await first.Watch("/a/", start);
        await second.Put("/a/x", "theirs", 0);
        Assert.True((await first.Put("/a/x", "ours", 0)).Succeeded);
        Assert.Equal(["/a/x=theirs"], await second.List("/a/"));
        Assert.Equal("ours", Assert.Single(await watch.Take(1)).Value.Text());
        // The other's write is a revision all the same, and a progress notice goes past it.
        var theirs = await second.Put("/a/y", "theirs", 0);
        await Eventually.True(async () => await first.Revision() >= theirs.Revision, "the revision is seen");
        await watch.DisposeAsync();
        await using var again = await first.Watch("/a/", start);
        await again.RequestProgressAsync(default);
        Assert.Single((await again.Until(b => b.Revision >= theirs.Revision)).SelectMany(b => b.Events));
    }

    [Fact]
    public async Task A_range_larger_than_a_page_is_read_at_one_revision()
    {
        await using var store = await EtcdStore.OpenAsync(etcd.Fresh(), null, default);
        await Task.WhenAll(Enumerable.Range(0, 4100).Select(i => store.Put($"/p/{i:00000}", "v", 0)));
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await store.Put($"/p/{i * 80:00000}", "new");
        });
        for (var i = 0; i < 5; i++)
        {
            var read = await store.RangeAsync(RangeQuery.Prefix("/p/"), default);
            Assert.Equal(Enumerable.Range(0, 4100).Select(n => $"/p/{n:00000}"), read.Items.Select(item => item.Key));
            Assert.Equal((4100L, false), (read.Count, read.More));
            Assert.All(read.Items, item => Assert.True(item.ModRevision <= read.Revision));
        }

        await writing;
    }

    [Fact]
    public async Task One_of_several_servers_forgets_old_history_at_each_interval()
    {
        var options = etcd.Fresh();
        var times = Enumerable.Range(0, 3).Select(_ => new CountingTimeProvider()).ToList();
        var stores = new List<EtcdStore>();
        foreach (var time in times) stores.Add(await EtcdStore.OpenAsync(options with { TimeProvider = time }, null, default));
        var old = await stores[0].Put("/a/x", "1", 0);
        for (var round = 0; round < 3; round++)
        {
            await Eventually.True(() => Task.FromResult(times.TrueForAll(t => t.TimersSet == 1)), "all wait for the next round");
            foreach (var time in times) time.Advance(TimeSpan.FromMinutes(5));
            await stores[0].Put("/a/x", $"{round}");
        }

        await Eventually.True(
            async () =>
            {
                try
                {
                    await stores[1].List("/a/", old.Revision);
                    return false;
                }
                catch (RevisionCompactedException e)
                {
                    return e.Floor > old.Revision;
                }
            },
            "the first revision is forgotten");
        // Each round one of the three has written the common key.
        Assert.Equal(3, (await stores[2].Get("compact_rev_key"))!.Version);
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task A_value_larger_than_etcd_takes_is_refused_as_too_large()
    {
        await using var store = await EtcdStore.OpenAsync(etcd.Fresh(), null, default);
        await Assert.ThrowsAsync<ValueTooLargeException>(() => store.WriteAsync(new WriteRequest("/a/x", new byte[40 << 20], 0), default).AsTask());
        Assert.True((await store.Put("/a/x", "1", 0)).Succeeded);
    }

    [Fact]
    public async Task An_etcd_that_does_not_answer_is_an_error_that_says_what_to_do()
    {
        var nobody = new EtcdStoreOptions { Endpoints = [new("http://127.0.0.1:1")], RequestTimeout = TimeSpan.FromSeconds(0.3) };
        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(nobody, null, default));
        Assert.Contains("http://127.0.0.1:1 did not do a request within", failure.Message);
        Assert.Contains("check that most of its members run", failure.Message);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(nobody with { Endpoints = [new("unix:///run/x")] }, null, default));
    }

    [Fact]
    public async Task Tls_with_client_certificates_is_spoken_and_a_stranger_is_refused()
    {
        using var certificates = new EtcdCertificates();
        using var strangers = new EtcdCertificates();
        await using var cluster = await EtcdCluster.StartAsync(1, certificates);
        var options = new EtcdStoreOptions
        {
            Endpoints = cluster.Endpoints,
            AuthorityFile = certificates.Authority,
            CertificateFile = certificates.ClientCertificate,
            KeyFile = certificates.ClientKey,
            RequestTimeout = TimeSpan.FromSeconds(1),
        };
        await using (var store = await EtcdStore.OpenAsync(options, null, default))
        {
            var written = await store.Put("/a/x", "1", 0);
            Assert.Single(await store.History("/a/", written.Revision - 1));
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options with { CertificateFile = null }, null, default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options with { AuthorityFile = strangers.Authority }, null, default));
        var missing = await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options with { KeyFile = "/nonexistent/key" }, null, default));
        Assert.Contains("client certificate", missing.Message);
    }

    [Fact]
    public async Task A_watch_goes_on_over_a_restart_of_etcd_without_gap_or_repetition()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var store = await EtcdStore.OpenAsync(new EtcdStoreOptions { Endpoints = cluster.Endpoints }, null, default);
        var start = await store.Revision();
        await using var watch = await store.Watch("/a/", start);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 20; i++) await store.Put($"/a/{i}", $"{round}");
            await cluster.Members[0].KillAsync();
            cluster.Members[0].Start();
            await cluster.ReadyAsync();
        }

        Assert.Equal(Enumerable.Range(1, 60).Select(i => start + i), (await watch.Take(60)).Select(e => e.Revision));
    }

    [Fact]
    public async Task A_watch_is_cut_when_history_was_compacted_while_etcd_was_out_of_reach()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        var member = cluster.Members[0];
        await using var proxy = new TcpProxy(member.Client.Port);
        await using var behind = await EtcdStore.OpenAsync(new EtcdStoreOptions { Endpoints = [new($"http://127.0.0.1:{proxy.Port}")] }, null, default);
        await using var direct = await EtcdStore.OpenAsync(new EtcdStoreOptions { Endpoints = cluster.Endpoints }, null, default);
        await using var watch = await behind.Watch("/a/", await behind.Revision());
        proxy.Refuse();
        for (var i = 0; i < 10; i++) await direct.Put("/a/x", $"{i}");
        await direct.CompactAsync(await direct.Revision(), default);
        proxy.Allow();
        await Assert.ThrowsAsync<RevisionCompactedException>(() => watch.Take(10));
        // A new one starts from what can be read now.
        await using var again = await behind.Watch("/a/", await behind.Revision());
        await direct.Put("/a/x", "new");
        Assert.Equal("new", Assert.Single(await again.Take(1)).Value.Text());
    }

    [Fact]
    public async Task An_etcd_that_went_back_in_time_ends_the_store()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        var member = cluster.Members[0];
        await using var store = await EtcdStore.OpenAsync(new EtcdStoreOptions { Endpoints = cluster.Endpoints }, null, default);
        for (var i = 0; i < 10; i++) await store.Put($"/a/{i}", "v", 0);
        await using var watch = await store.Watch("/a/", await store.Revision());
        await member.KillAsync();
        Directory.Delete(member.DataDirectory, recursive: true);
        member.Start();
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Completion.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("has gone back", fault.Message);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => watch.Take(1));
    }

    [Fact]
    public async Task Many_questions_for_the_revision_at_once_are_few_reads_and_none_is_answered_from_before_it_was_asked()
    {
        long now = 0, reads = 0;
        var shared = new SharedRead(async () =>
        {
            Interlocked.Increment(ref reads);
            var read = Interlocked.Read(ref now);
            await Task.Yield();
            return read;
        });
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var asked = Interlocked.Increment(ref now);
                Assert.True(await shared.ReadAsync(default) >= asked);
            }
        })));
        Assert.InRange(Interlocked.Read(ref reads), 1, 9_999);
    }

    private async Task<int> LeasesAsync() => (await LeaseIdsAsync()).Count;

    private async Task<List<string>> LeaseIdsAsync()
    {
        using var http = new HttpClient { BaseAddress = etcd.Cluster.Endpoints[0] };
        using var answer = await http.PostAsync("/v3/lease/leases", new StringContent("{}"));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.TryGetProperty("leases", out var leases) ? [.. leases.EnumerateArray().Select(l => l.GetProperty("ID").GetString()!)] : [];
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;
using Minik8s.Testing.Etcd;
using Minik8s.Testing.Watching;

namespace Minik8s.Integration.Watching;

/// <summary>
/// A hundred watchers with different selections and starts, random writers, connections that are cut, servers that restart, and history that is compacted: every
/// watcher sees every event once, in order, without a gap. The seed is printed; MINIK8S_SEED repeats a run.
/// </summary>
public sealed class WatchCheckerTests
{
    private const int Watchers = 100;
    private const int WatchersPerConnection = 10;
    private const int Writers = 4;
    private const int WritesEach = 120;
    private const string Label = "colour";
    private static readonly string[] Namespaces = ["default", "kube-public", "kube-system"];
    private static readonly string[] Colours = ["", "red", "green", "blue"];

    private readonly int _seed = Environment.GetEnvironmentVariable("MINIK8S_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1, 1_000_000);
    private int _written;

    [Fact]
    public async Task Every_watcher_sees_every_event_once_and_in_order_on_the_embedded_store()
    {
        await using var plane = await TestControlPlane.StartAsync();
        await RunAsync(plane);
    }

    [Fact]
    public async Task Every_watcher_sees_every_event_once_and_in_order_on_etcd()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var plane = await TestControlPlane.StartAsync(etcd);
        await RunAsync(plane);
    }

    private async Task RunAsync(TestControlPlane plane)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"MINIK8S_SEED={_seed}");
        var random = new Random(_seed);
        await using var proxy = new TcpProxy(plane.Server.Port);
        var history = new TrueHistory("/registry/configmaps/", Label);
        await history.BeginAsync(plane.Store);
        using var writer = plane.Client();
        using var stopping = new CancellationTokenSource();
        var ways = Enumerable.Range(0, Watchers / WatchersPerConnection).Select(_ => plane.Client(port: proxy.Port)).ToList();
        var watchers = Enumerable.Range(0, Watchers).Select(i => new ApiWatcher(
            ways[i / WatchersPerConnection], "/api/v1{0}/configmaps", Label,
            new WatchSelection(random.Next(2) == 0 ? null : Namespaces[random.Next(3)], random.Next(2) == 0 ? null : Colours[random.Next(1, 4)]),
            streamLists: i % 3 == 0)).ToList();
        var watching = new List<Task>();

        // Some from the beginning, by a list or by a revision; the others later, from anywhere in the past.
        var began = history.Revision;
        var index = 0;
        void StartNext(long? after)
        {
            var next = watchers[index++];
            watching.Add(Task.Run(() => next.RunAsync(after, stopping.Token)));
        }

        while (index < Watchers / 2) StartNext(index % 2 == 0 ? null : began);
        var writing = Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(writer, w, new Random((_seed * 10) + w)))).ToList();
        const int Steps = 12;
        for (var step = 1; step <= Steps; step++)
        {
            var until = Writers * WritesEach * step / (Steps + 1);
            await Eventually.True(() => Task.FromResult(Volatile.Read(ref _written) >= until), "writing goes on");
            await history.CatchUpAsync(plane.Store);
            var past = random.NextInt64(began, history.Revision + 1);
            for (var n = 0; n < 5 && index < Watchers; n++) StartNext(n % 3 == 0 ? null : past);
            if (step % 4 == 0) await plane.RestartAsync();
            else if (step % 2 == 0) await plane.Store.CompactAsync(history.Revision, default);
            else proxy.Cut();
        }

        await Task.WhenAll(writing);
        await history.CatchUpAsync(plane.Store);
        string? Wrong(ApiWatcher w) => WatchChecker.Check(history, w.Selection, [.. w.Segments]);
        // A watcher that is merely late becomes right; one that has lost or repeated something never does.
        await Eventually.True(
            () =>
            {
                var wrong = watchers.Select(Wrong).FirstOrDefault(w => w is not null);
                return wrong is null ? Task.FromResult(true) : throw new InvalidOperationException(wrong);
            },
            $"every watcher has seen everything (seed {_seed})", TimeSpan.FromSeconds(20));
        await stopping.CancelAsync();
        await Task.WhenAll(watching);
        foreach (var way in ways) way.Dispose();
        Assert.All(watchers, w => Assert.NotEmpty(w.Segments));
        Assert.True(watchers.Sum(w => w.Segments.Sum(s => s.Events.Count)) > Watchers, "events were seen");
        Assert.True(watchers.Sum(w => w.Connections) > Watchers, "connections were cut");
    }

    /// <summary>Creates, relabels and deletes objects of its own, and some that others write too; what fails while the server is away is tried no further.</summary>
    private async Task WriteAsync(HttpClient http, int writer, Random random)
    {
        for (var i = 0; i < WritesEach; i++)
        {
            var ns = Namespaces[random.Next(3)];
            var name = random.Next(3) == 0 ? $"shared-{random.Next(4)}" : $"own-{writer}-{random.Next(6)}";
            var colour = Colours[random.Next(4)];
            var labels = colour.Length == 0 ? "" : $",\"labels\":{{\"{Label}\":\"{colour}\"}}";
            var body = $"{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"{name}\"{labels}}},\"data\":{{\"n\":\"{writer}-{i}\"}}}}";
            var one = $"/api/v1/namespaces/{ns}/configmaps/{name}";
            try
            {
                using var answer = random.Next(4) switch
                {
                    0 => await http.DeleteAsync(one),
                    1 => await http.PostAsync($"/api/v1/namespaces/{ns}/configmaps", Json(body)),
                    _ => await http.PutAsync(one, Json(body)),
                };
                if (answer.StatusCode == HttpStatusCode.NotFound) (await http.PostAsync($"/api/v1/namespaces/{ns}/configmaps", Json(body))).Dispose();
            }
            catch (HttpRequestException)
            {
                // The server restarts just now.
                await Eventually.True(async () => (await http.GetAsync("/readyz")).IsSuccessStatusCode, "the server comes back");
            }

            Interlocked.Increment(ref _written);
        }
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}

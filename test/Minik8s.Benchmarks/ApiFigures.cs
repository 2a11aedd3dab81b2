namespace Minik8s.Benchmarks;

/// <summary>
/// What the API server does for a second of its processor's time, on the embedded store with every write on disk before it is acknowledged. The peer's figures, of
/// kube-apiserver 1.32 with etcd 3.5 under the same load on a machine of two cores, are given beside as ratios.
/// </summary>
internal static class ApiFigures
{
    private const int Clients = 32;
    private const int Objects = 3000;
    private const int Watchers = 100;

    public static async Task<IReadOnlyList<Figure>> MeasureAsync()
    {
        await using var server = await ServerProcess.StartAsync();
        using var load = new ApiLoad(server, Clients);
        var figures = new List<Figure>();
        // What a controller would make; pods refer to it.
        await load.RunAsync(1, (c, _) => ApiLoad.SendAsync(c, HttpMethod.Post, "/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}"""));
        // The first requests pay for what is made once.
        await load.RunAsync(200, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Post, ApiLoad.Pods, ApiLoad.Pod(1_000_000 + i)));
        await load.RunAsync(200, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Delete, $"{ApiLoad.Pods}/pod-{1_000_000 + i}"));

        Add("creates", 319, await load.RunAsync(Objects, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Post, ApiLoad.Pods, ApiLoad.Pod(i))));
        Add("gets", 1055, await load.RunAsync(20_000, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Get, $"{ApiLoad.Pods}/pod-{i * 7 % Objects}")));
        Add("merge patches", 194, await load.RunAsync(Objects, (c, i) =>
            ApiLoad.SendAsync(c, HttpMethod.Patch, $"{ApiLoad.Pods}/pod-{i}", $$$$"""{"metadata":{"labels":{"round":"{{{{i}}}}"}}}""", "application/merge-patch+json")));
        Add("selector lists (30 of 3,000)", 154, await load.RunAsync(2000, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Get, $"{ApiLoad.Pods}?labelSelector=app%3Dapp-{i % 100}")));
        long bytes = 0;
        Add("full lists of 3,000 pods", 5, await load.RunAsync(40, async (c, _) => Interlocked.Add(ref bytes, await ApiLoad.SendAsync(c, HttpMethod.Get, "/api/v1/pods"))));
        figures.Add(new("resident after 40 full lists", $"{server.Figures.Resident:0} MiB (peak {server.Figures.Peak:0})", "peer 1800 MiB"));
        Add($"watch events to {Watchers} watchers", 4900, await WatchAsync(server, load));
        Add("deletes", 244, await load.RunAsync(Objects, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Delete, $"{ApiLoad.Pods}/pod-{i}")));
        await load.RunAsync(10_000, (c, i) => ApiLoad.SendAsync(c, HttpMethod.Post, ApiLoad.Pods, ApiLoad.Pod(i)));
        figures.Add(new("resident with 10,000 pods stored and cached", $"{server.Figures.Resident:0} MiB", "target below 200"));
        return figures;

        void Add(string what, double peer, LoadResult result) => figures.Add(new(
            what, $"{result.PerCpuSecond:#,0} per CPU second ({result.PerSecond:#,0}/s)", $"{result.PerCpuSecond / peer:0.0} × the peer's {peer:#,0}"));
    }

    private static async Task<LoadResult> WatchAsync(ServerProcess server, ApiLoad load)
    {
        const int changes = 1000;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var clients = Enumerable.Range(0, 10).Select(_ => server.Connect()).ToArray();
        try
        {
            var ready = new CountdownEvent(Watchers);
            var watching = Enumerable.Range(0, Watchers).Select(i => CountAsync(clients[i % clients.Length], changes, ready, limit.Token)).ToArray();
            await Task.Run(() => ready.Wait(limit.Token), limit.Token);
            var cpu = server.Figures.CpuSeconds;
            var clock = System.Diagnostics.Stopwatch.StartNew();
            await load.RunAsync(changes, (c, i) =>
                ApiLoad.SendAsync(c, HttpMethod.Patch, $"{ApiLoad.Pods}/pod-{i}", $$$$"""{"metadata":{"labels":{"watched":"{{{{i}}}}"}}}""", "application/merge-patch+json"));
            await Task.WhenAll(watching);
            // The writes' own cost is in it, as it is in the peer's figure.
            return new((long)changes * Watchers, clock.Elapsed.TotalSeconds, server.Figures.CpuSeconds - cpu);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    private static async Task CountAsync(HttpClient client, int events, CountdownEvent ready, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{ApiLoad.Pods}?watch=1&labelSelector=tier%3Dbackend&resourceVersion={await RevisionAsync(client)}") { Version = client.DefaultRequestVersion };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        ready.Signal();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[64 * 1024];
        while (events > 0)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            if (read == 0) throw new InvalidOperationException($"a watch ended with {events} events missing");
            events -= buffer.AsSpan(0, read).Count((byte)'\n');
        }
    }

    private static async Task<string> RevisionAsync(HttpClient client)
    {
        using var json = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync(new Uri($"{ApiLoad.Pods}?limit=1", UriKind.Relative)));
        return json.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
    }
}

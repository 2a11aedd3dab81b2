using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Minik8s.Benchmarks;

/// <summary>The load on an API server: a number of clients, each with an HTTP/2 connection of its own and one request at a time.</summary>
internal sealed class ApiLoad(ServerProcess server, int clients) : IDisposable
{
    public const string Pods = "/api/v1/namespaces/default/pods";

    private readonly HttpClient[] _clients = [.. Enumerable.Range(0, clients).Select(_ => server.Connect())];

    /// <summary>Runs an operation so many times over all clients.</summary>
    public async Task<LoadResult> RunAsync(int count, Func<HttpClient, int, Task> operation)
    {
        var next = -1;
        var cpu = server.Figures.CpuSeconds;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(_clients.Select(client => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;) await operation(client, i);
        })));
        return new(count, clock.Elapsed.TotalSeconds, server.Figures.CpuSeconds - cpu);
    }

    /// <summary>A request that has to succeed; its answer is read to the end.</summary>
    public static async Task<long> SendAsync(HttpClient client, HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        long length = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0) length += read;
        return length;
    }

    /// <summary>A pod of about 1.5 KiB as it is stored.</summary>
    public static string Pod(int i) => $$$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"pod-{{{{i}}}}","labels":{"app":"app-{{{{i % 100}}}}","tier":"backend","team":"team-{{{{i % 7}}}}"},"annotations":{"example.com/build":"{{{{i:000000}}}}-0123456789abcdef0123456789abcdef"}},
        "spec":{"containers":[{"name":"main","image":"registry.example/app:1.{{{{i % 50}}}}","ports":[{"name":"http","containerPort":8080}],"env":[{"name":"A","value":"{{{{i}}}}"},{"name":"NODE","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}],
        "resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"128Mi"}},"readinessProbe":{"httpGet":{"path":"/ready","port":"http"}}}],"nodeSelector":{"disk":"ssd"}}}
        """;

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }
}

/// <summary>How often, in how long, and for how much of the server's processor time.</summary>
internal sealed record LoadResult(long Count, double Seconds, double CpuSeconds)
{
    public double PerSecond => Count / Seconds;

    public double PerCpuSecond => Count / Math.Max(CpuSeconds, 0.01);
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Minik8s.Testing.Etcd;

/// <summary>A real etcd of one or more members on free loopback ports, with its data in a temporary folder.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly HttpClient _http;

    private EtcdCluster(DirectoryInfo directory, IReadOnlyList<EtcdMember> members, HttpClient http)
    {
        _directory = directory;
        Members = members;
        _http = http;
    }

    public IReadOnlyList<EtcdMember> Members { get; }

    /// <summary>The members' addresses.</summary>
    public IReadOnlyList<Uri> Endpoints => [.. Members.Select(m => m.Client)];

    /// <summary>Starts a cluster and waits until it works.</summary>
    /// <param name="size">How many members.</param>
    /// <param name="tls">The files with which members and clients prove themselves to each other; null speaks plain HTTP.</param>
    /// <param name="more">Further arguments of etcd.</param>
    public static async Task<EtcdCluster> StartAsync(int size = 1, EtcdCertificates? tls = null, params string[] more)
    {
        var directory = Directory.CreateTempSubdirectory("mk8s-etcd-");
        var scheme = tls is null ? "http" : "https";
        var ports = FreePorts(2 * size);
        var peers = string.Join(',', Enumerable.Range(0, size).Select(i => $"m{i}=http://127.0.0.1:{ports[size + i]}"));
        var members = Enumerable.Range(0, size).Select(i =>
        {
            var client = new Uri($"{scheme}://127.0.0.1:{ports[i]}");
            var data = Path.Combine(directory.FullName, $"m{i}");
            List<string> arguments =
            [
                "--name", $"m{i}", "--data-dir", data, "--log-level", "warn", "--logger", "zap",
                "--listen-client-urls", Text(client), "--advertise-client-urls", Text(client),
                "--listen-peer-urls", $"http://127.0.0.1:{ports[size + i]}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{ports[size + i]}",
                "--initial-cluster", peers, "--initial-cluster-token", directory.Name,
                .. more,
            ];
            if (tls is not null) arguments.AddRange(["--trusted-ca-file", tls.Authority, "--cert-file", tls.ServerCertificate, "--key-file", tls.ServerKey, "--client-cert-auth"]);
            return new EtcdMember($"m{i}", client, data, arguments);
        }).ToList();
        var cluster = new EtcdCluster(directory, members, new HttpClient(tls?.Handler() ?? new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(2) });
        try
        {
            foreach (var member in members) member.Start();
            await cluster.ReadyAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every running member answers as part of a cluster with a leader.</summary>
    public Task ReadyAsync() => Eventually.True(
        async () =>
        {
            foreach (var member in Members)
            {
                if (member.Running && (await _http.GetStringAsync(new Uri(member.Client, "/health"))).Contains("\"health\":\"true\"", StringComparison.Ordinal)) continue;
                if (member.Running) return false;
                if (Members.Count == 1) throw new InvalidOperationException($"etcd ended: {member.LastWords}");
            }

            return true;
        },
        "etcd is healthy");

    /// <summary>The member that leads now.</summary>
    public Task<EtcdMember> LeaderAsync() => Eventually.Value<EtcdMember>(
        async () =>
        {
            foreach (var member in Members.Where(m => m.Running))
            {
                using var answer = await _http.PostAsync(new Uri(member.Client, "/v3/maintenance/status"), new StringContent("{}"));
                using var status = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
                var leader = status.RootElement.GetProperty("leader").GetString();
                if (leader == status.RootElement.GetProperty("header").GetProperty("member_id").GetString()) return member;
            }

            return null;
        },
        "etcd has a leader");

    public ValueTask DisposeAsync()
    {
        foreach (var member in Members) member.Dispose();
        _http.Dispose();
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static List<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.ConvertAll(l => ((IPEndPoint)l.LocalEndpoint).Port);
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Kubelet.Server;

namespace Minik8s.Kubelet.Tests.Server;

public sealed class KubeletServerTests : IAsyncLifetime
{
    private const string ApiServer = "CN=kube-apiserver-kubelet-client";
    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n";
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io, v3.channel.k8s.io\r\nContent-Length: 0\r\n";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("minik8s-server").FullName;
    private readonly TestCertificates _certificates = new();
    private readonly FakeRuntime _runtime = new();
    private readonly FakePods _pods = new();
    private readonly List<IDisposable> _owned = [];
    private KubeletServer _server = null!;

    private string LogPath => Path.Combine(_directory, "0.log");

    public async ValueTask InitializeAsync()
    {
        _pods.Containers[("app", false)] = new("container-1", LogPath, true);
        var serving = SslStreamCertificateContext.Create(Own(_certificates.Server()), null, offline: true);
        var options = new KubeletServerOptions
        {
            BindAddress = IPAddress.Loopback,
            Port = 0,
            ServingCertificate = () => serving,
            ClientAuthorities = () => [_certificates.Authority],
            Pods = _pods,
            Runtime = _runtime,
        };
        _server = await KubeletServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        foreach (var owned in Enumerable.Reverse(_owned)) owned.Dispose();
        _runtime.Dispose();
        _certificates.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(ApiServer, 200, "ok")]
    [InlineData("CN=admin, O=system:masters", 200, "ok")]
    [InlineData("CN=alice, O=dev", 403, "Forbidden (user=alice, verb=get, resource=nodes, subresource(s)=[proxy])\n")]
    [InlineData("O=dev", 401, "Unauthorized\n")]
    [InlineData(null, 401, "Unauthorized\n")]
    public async Task Only_masters_and_the_api_server_may_call(string? subject, int status, string text)
    {
        var client = Client(subject is null ? null : Own(_certificates.Client(subject)));
        await ExpectAsync(await client.GetAsync("/healthz"), status, text);
    }

    [Fact]
    public async Task Certificates_of_strangers_and_of_servers_are_refused()
    {
        using var stranger = new TestCertificates();
        await ExpectAsync(await Client(Own(stranger.Client(ApiServer))).GetAsync("/healthz"), 401, "Unauthorized\n");
        await ExpectAsync(await Client(Own(_certificates.Server())).GetAsync("/healthz"), 401, "Unauthorized\n");
    }

    [Theory]
    [InlineData("", "one\ntwo\n")]
    [InlineData("?tailLines=1", "two\n")]
    [InlineData("?tailLines=1&timestamps=true", "2024-01-01T00:00:02.500000000Z two\n")]
    [InlineData("?limitBytes=5", "one\nt")]
    [InlineData("?sinceTime=2024-01-01T00:00:02Z", "two\n")]
    [InlineData("?sinceSeconds=5", "")]
    [InlineData("?sinceSeconds=9999999999999", "one\ntwo\n")]
    [InlineData("?follow=false", "one\ntwo\n")]
    public async Task Logs_are_served(string query, string expected)
    {
        WriteLog();
        await ExpectAsync(await Client().GetAsync("/containerLogs/default/web/app" + query), 200, expected);
    }

    [Theory]
    [InlineData("/containerLogs/default/db/app", 404, "pod \"db\" does not exist\n")]
    [InlineData("/containerLogs/default/web/no", 404, "container not found (\"no\")\n")]
    [InlineData("/containerLogs/default/web/slow", 400, "container \"slow\" in pod \"web\" is waiting to start: ContainerCreating\n")]
    [InlineData("/containerLogs/default/web/app?previous=true", 400, "previous terminated container \"app\" in pod \"web\" not found\n")]
    [InlineData("/containerLogs/default/web/app?tailLines=x", 400, "{\"message\": \"Unable to decode query.\"}\n")]
    [InlineData("/containerLogs/default/web/app?tailLines=-1", 422, "{\"message\": \"Invalid request.\"}\n")]
    [InlineData("/containerLogs/default/web/app?sinceSeconds=1&sinceTime=2024-01-01T00:00:00Z", 422, "{\"message\": \"Invalid request.\"}\n")]
    [InlineData("/exec/default/web/app?command=ls&output=1", 400, "Upgrade request required\n")]
    [InlineData("/nothing", 404, "404 page not found\n")]
    public async Task Bad_requests_are_answered_in_the_kubelets_words(string path, int status, string text) =>
        await ExpectAsync(await Client().GetAsync(path), status, text);

    [Fact]
    public async Task A_followed_log_answers_at_once_and_ends_with_the_container()
    {
        await File.WriteAllTextAsync(LogPath, "");
        using var response = await Client().GetAsync("/containerLogs/default/web/app?follow=true", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Limit);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        WriteLog();
        Assert.Equal("one", await reader.ReadLineAsync().WaitAsync(Limit));
        Assert.Equal("two", await reader.ReadLineAsync().WaitAsync(Limit));
        _pods.Containers[("app", false)] = new("container-1", LogPath, false);
        Assert.Null(await reader.ReadLineAsync().WaitAsync(Limit));
    }

    [Fact]
    public async Task Exec_is_carried_through_both_ways_with_half_close()
    {
        await using var client = await UpgradeAsync("POST /exec/default/web/app?command=cat&command=a%20b&input=1&output=1&error=1");
        var (head, runtime) = await _runtime.AnswerAsync(Switching + "early").WaitAsync(Limit);
        await using var _ = runtime;
        Assert.StartsWith("POST /exec/token HTTP/1.1\r\n", head);
        Assert.Contains($"\r\nHost: {_runtime.Authority}\r\n", head);
        Assert.Contains("\r\nUpgrade: SPDY/3.1\r\n", head);
        Assert.Contains("\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nX-Stream-Protocol-Version: v3.channel.k8s.io\r\n", head);
        Assert.Equal(["cat", "a b"], _runtime.ExecAsked!.Cmd);
        Assert.Equal("container-1", _runtime.ExecAsked.ContainerId);
        Assert.True(_runtime.ExecAsked is { Stdin: true, Stdout: true, Stderr: true, Tty: false });

        var answer = await FakeRuntime.ReadHeadAsync(client).WaitAsync(Limit);
        Assert.StartsWith("HTTP/1.1 101 ", answer);
        Assert.Contains("\r\nUpgrade: SPDY/3.1\r\n", answer);
        Assert.Contains("\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n", answer);
        Assert.Equal("early", await ReadAsync(client, 5));

        await client.WriteAsync("question"u8.ToArray());
        Assert.Equal("question", await ReadAsync(runtime, 8));
        await client.ShutdownAsync();
        Assert.Equal(0, await runtime.ReadAsync(new byte[1]).AsTask().WaitAsync(Limit));
        await runtime.WriteAsync("answer"u8.ToArray());
        runtime.Socket.Shutdown(SocketShutdown.Both);
        Assert.Equal("answer", await ReadAsync(client, 6));
        Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Limit));
    }

    [Fact]
    public async Task The_runtime_learns_when_the_client_is_gone()
    {
        var client = await UpgradeAsync("POST /attach/default/web/app?input=1&output=1&tty=1&error=1");
        var (_, runtime) = await _runtime.AnswerAsync(Switching).WaitAsync(Limit);
        await using var _ = runtime;
        Assert.True(_runtime.AttachAsked is { Stdin: true, Stdout: true, Stderr: false, Tty: true });
        await FakeRuntime.ReadHeadAsync(client).WaitAsync(Limit);
        await client.DisposeAsync();
        Assert.Equal(0, await runtime.ReadAsync(new byte[1]).AsTask().WaitAsync(Limit));
    }

    [Fact]
    public async Task Port_forward_takes_websockets_and_ports_too()
    {
        await using var client = await ConnectAsync();
        await SendAsync(client, "GET /portForward/default/web?port=80&port=443", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        var (head, runtime) = await _runtime.AnswerAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").WaitAsync(Limit);
        await using var _ = runtime;
        Assert.StartsWith("GET /portforward/token?x=1 HTTP/1.1\r\n", head);
        Assert.Equal("sandbox-1", _runtime.PortForwardAsked!.PodSandboxId);
        Assert.Equal([80, 443], _runtime.PortForwardAsked.Port);
        Assert.Contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", await FakeRuntime.ReadHeadAsync(client).WaitAsync(Limit));
    }

    [Theory]
    [InlineData("Content-Length: 6\r\n\r\nbroken", "broken")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nbro\r\n3;x=y\r\nken\r\n0\r\n\r\n", "broken")]
    public async Task What_the_runtime_answers_instead_is_passed_on(string rest, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/exec/default/web/app?command=ls&output=1");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "SPDY/3.1");
        var sending = Client().SendAsync(request);
        var (_, runtime) = await _runtime.AnswerAsync("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n" + rest).WaitAsync(Limit);
        await using var _ = runtime;
        var response = await sending;
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.ToString());
        await ExpectAsync(response, 404, expected);
    }

    [Theory]
    [InlineData("/exec/default/db/app?command=ls&output=1", 404, "pod does not exist\n")]
    [InlineData("/exec/default/web/no?command=ls&output=1", 404, "container not found (\"no\")\n")]
    [InlineData("/exec/default/web/app?command=ls", 400, "you must specify at least 1 of stdin, stdout, stderr\n")]
    [InlineData("/portForward/default/db", 404, "pod does not exist\n")]
    [InlineData("/portForward/default/web?port=70000", 400, "invalid port \"70000\"\n")]
    [InlineData("/attach/default/web/app?output=1", 429, "too many\n")]
    public async Task Sessions_are_refused_in_the_kubelets_words(string path, int status, string text)
    {
        _runtime.Refusal = new RpcException(new Grpc.Core.Status(StatusCode.ResourceExhausted, "too many"));
        await using var client = await UpgradeAsync("POST " + path);
        Assert.StartsWith($"HTTP/1.1 {status} ", await FakeRuntime.ReadHeadAsync(client).WaitAsync(Limit));
        Assert.Contains(text, await ReadChunkAsync(client));
    }

    [Fact]
    public async Task A_runtime_that_hangs_up_or_cannot_be_reached_is_a_bad_gateway()
    {
        await using var client = await UpgradeAsync("POST /exec/default/web/app?command=ls&output=1");
        var (_, runtime) = await _runtime.AnswerAsync("HTTP/1.1 101 Swit").WaitAsync(Limit);
        await runtime.DisposeAsync();
        Assert.StartsWith("HTTP/1.1 502 ", await FakeRuntime.ReadHeadAsync(client).WaitAsync(Limit));
        Assert.Contains("the runtime hung up before it answered", await ReadChunkAsync(client));
    }

    [Fact]
    public async Task Stopping_ends_sessions()
    {
        await using var client = await UpgradeAsync("POST /exec/default/web/app?command=ls&output=1");
        var (_, runtime) = await _runtime.AnswerAsync(Switching).WaitAsync(Limit);
        await using var _ = runtime;
        await FakeRuntime.ReadHeadAsync(client).WaitAsync(Limit);
        await _server.DisposeAsync().AsTask().WaitAsync(Limit);
        Assert.Equal(0, await runtime.ReadAsync(new byte[1]).AsTask().WaitAsync(Limit));
    }

    private static async Task ExpectAsync(HttpResponseMessage response, int status, string text)
    {
        using (response)
        {
            Assert.Equal(text, await response.Content.ReadAsStringAsync());
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        var buffer = new byte[length];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Limit);
        return Encoding.ASCII.GetString(buffer);
    }

    /// <summary>Reads up to the last chunk of an answer of unknown length.</summary>
    private static Task<string> ReadChunkAsync(Stream stream) => FakeRuntime.ReadHeadAsync(stream).WaitAsync(Limit);

    private static Task SendAsync(Stream client, string request, string headers) =>
        client.WriteAsync(Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: node-1\r\n{headers}\r\n")).AsTask();

    private async Task<SslStream> UpgradeAsync(string request)
    {
        var client = await ConnectAsync();
        await SendAsync(client, request, Upgrade);
        return client;
    }

    private async Task<SslStream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _server.Port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "node-1",
            ClientCertificates = [Own(_certificates.Client(ApiServer))],
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return stream;
    }

    private HttpClient Client() => Client(Own(_certificates.Client(ApiServer)));

    private HttpClient Client(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        return Own(new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{_server.Port}"), Timeout = Limit });
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private void WriteLog() => File.WriteAllText(LogPath, "2024-01-01T00:00:01.5Z stdout F one\n2024-01-01T00:00:02.5Z stderr F two\n");
}

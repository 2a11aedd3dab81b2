using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Streaming;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>As much of an API server as streams, and kubectl's commands for them, need: one pod on one node.</summary>
internal sealed class StreamingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestCertificates _certificates;
    private readonly PodStreaming _streaming;
    private int _active;

    private StreamingServer(WebApplication app, TestCertificates certificates, FakeKubelet kubelet)
    {
        _app = app;
        _certificates = certificates;
        Kubelet = kubelet;
        Node = Json($$$"""{"status":{"addresses":[{"type":"Hostname","address":"no-such-host.invalid"},{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port": {{{kubelet.Port}}} } } } }""");
        _streaming = new PodStreaming(
            new PodStreamingOptions
            {
                GetNode = (name, _) => ValueTask.FromResult(name == "node-1" ? Bytes(Node) : (ReadOnlyMemory<byte>?)null),
                ClientCertificate = () => ClientCertificate ?? certificates.Client,
                KubeletAuthorities = () => [KubeletAuthority ?? certificates.Authority],
                ConnectTimeout = TimeSpan.FromSeconds(2),
            },
            TimeProvider.System,
            NullLogger<PodStreaming>.Instance);
    }

    public FakeKubelet Kubelet { get; }

    public JsonNode Node { get; set; }

    public System.Security.Cryptography.X509Certificates.X509Certificate2? ClientCertificate { get; set; }

    public System.Security.Cryptography.X509Certificates.X509Certificate2? KubeletAuthority { get; set; }

    public JsonNode Pod { get; set; } = Json("""
        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"default","uid":"1"},
         "spec":{"nodeName":"node-1","containers":[{"name":"main","stdin":true}]},
         "status":{"phase":"Running","containerStatuses":[{"name":"main","ready":true,"state":{"running":{}}}]}}
        """);

    public Uri Url { get; private set; } = null!;

    /// <summary>Streams being served at this moment.</summary>
    public int Active => Volatile.Read(ref _active);

    public static JsonNode Json(string text) => JsonNode.Parse(text)!;

    public static async Task<StreamingServer> StartAsync()
    {
        var certificates = new TestCertificates();
        var kubelet = await FakeKubelet.StartAsync(certificates);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificates.Server)));
        var app = builder.Build();
        var server = new StreamingServer(app, certificates, kubelet);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Urls.Single());
        return server;
    }

    public async Task<ClientWebSocket> ConnectAsync(string pathAndQuery, CancellationToken cancellationToken, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        foreach (var protocol in protocols) socket.Options.AddSubProtocol(protocol);
        socket.Options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        await socket.ConnectAsync(new Uri($"wss://{Url.Authority}/api/v1/namespaces/default/pods/web/{pathAndQuery}"), cancellationToken);
        return socket;
    }

    public static HttpClient NewHttpClient() => new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
        await Kubelet.DisposeAsync();
        _streaming.Dispose();
        _certificates.Dispose();
    }

    private static ReadOnlyMemory<byte> Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node);

    private async Task HandleAsync(HttpContext context)
    {
        Interlocked.Increment(ref _active);
        try
        {
            await AnswerAsync(context);
        }
        catch (StatusException e) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = e.Code;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(StatusJson.Failure(e));
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private Task AnswerAsync(HttpContext context)
    {
        PodStreamKind? kind = context.Request.Path.Value switch
        {
            "/api/v1/namespaces/default/pods/web/log" => PodStreamKind.Log,
            "/api/v1/namespaces/default/pods/web/exec" => PodStreamKind.Exec,
            "/api/v1/namespaces/default/pods/web/attach" => PodStreamKind.Attach,
            "/api/v1/namespaces/default/pods/web/portforward" => PodStreamKind.PortForward,
            _ => null,
        };
        if (kind is not null) return _streaming.HandleAsync(context, new PodStreamTarget(kind.Value, Bytes(Pod)));
        var json = context.Request.Path.Value switch
        {
            "/api" => """{"kind":"APIVersions","versions":["v1"]}""",
            "/apis" => """{"kind":"APIGroupList","apiVersion":"v1","groups":[]}""",
            "/version" => """{"major":"1","minor":"35","gitVersion":"v1.35.0"}""",
            "/api/v1" => """{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get"],"shortNames":["po"]}]}""",
            "/api/v1/namespaces/default/pods/web" => Pod.ToJsonString(),
            _ => null,
        };
        if (json is null) throw new StatusException(404, StatusReason.NotFound, "the server could not find the requested resource");
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>A kubelet on a real socket with mutual TLS that speaks SPDY as a container runtime's streaming server does.</summary>
internal sealed class FakeKubelet : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _open = new();

    private FakeKubelet(WebApplication app) => _app = app;

    /// <summary>What exec and attach run; its result is the exit code.</summary>
    public Func<FakeCommand, CancellationToken, Task<int>> Command { get; set; } = (_, _) => Task.FromResult(0);

    /// <summary>Answers requests that are not upgrades (logs), or instead of upgrading; true when it has.</summary>
    public Func<HttpContext, Task<bool>> Answer { get; set; } = _ => Task.FromResult(false);

    /// <summary>Every request so far: method, path and query.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Streams that a client has not let go of.</summary>
    public int OpenSessions => _open.GetValueOrDefault("sessions");

    public int Port { get; private set; }

    public static async Task<FakeKubelet> StartAsync(TestCertificates certificates)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificates.Server;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificates.Signed(certificate);
        })));
        var app = builder.Build();
        var kubelet = new FakeKubelet(app);
        app.Run(kubelet.HandleAsync);
        await app.StartAsync();
        kubelet.Port = new Uri(app.Urls.Single()).Port;
        return kubelet;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (await Answer(context)) return;
        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        if (context.Request.Headers.Upgrade != "SPDY/3.1" || !upgrade.IsUpgradableRequest)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("unable to upgrade: missing upgrade headers in request");
            return;
        }

        var forward = context.Request.Path.StartsWithSegments("/portForward");
        var protocol = forward ? "portforward.k8s.io" : "v4.channel.k8s.io";
        Assert.Contains(protocol, context.Request.Headers["X-Stream-Protocol-Version"].SelectMany(v => v!.Split(',', StringSplitOptions.TrimEntries)));
        context.Response.Headers["X-Stream-Protocol-Version"] = protocol;
        context.Response.Headers.Upgrade = "SPDY/3.1";
        await using var connection = new SpdyConnection(await upgrade.UpgradeAsync(), server: true);
        _open.AddOrUpdate("sessions", 1, (_, n) => n + 1);
        try
        {
            if (forward) await ForwardAsync(connection, context.RequestAborted);
            else await CommandAsync(connection, context);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client hung up.
        }
        finally
        {
            _open.AddOrUpdate("sessions", 0, (_, n) => n - 1);
        }
    }

    private async Task CommandAsync(SpdyConnection connection, HttpContext context)
    {
        var query = context.Request.Query;
        var tty = query["tty"] == "1";
        var expected = 1 + (query["input"] == "1" ? 1 : 0) + (query["output"] == "1" ? 1 : 0) + (query["error"] == "1" && !tty ? 1 : 0) + (tty ? 1 : 0);
        var streams = new Dictionary<string, SpdyStream>();
        while (streams.Count < expected)
        {
            var stream = await connection.AcceptStreamAsync(context.RequestAborted) ?? throw new IOException("the client left before its streams were there");
            await stream.ReplyAsync(context.RequestAborted);
            streams.Add(stream.Headers["streamType"], stream);
        }

        // A command ends with its client: reads from a connection that is gone complete.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        _ = connection.Ended.ContinueWith(_ => ended.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var code = await Command(new FakeCommand(streams, context.Request.Path, [.. query["command"].OfType<string>()]), ended.Token);
        var status = code == 0
            ? """{"metadata":{},"status":"Success"}"""
            : $$$"""{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status {{{code}}}","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"{{{code}}}"}]}}""";
        await streams["error"].WriteAsync(Encoding.UTF8.GetBytes(status), context.RequestAborted);

        // As the runtime's library does: resets whatever is open, then goes away. (Hanging up before the client has would cost it what is on its way.)
        foreach (var stream in streams.Values) await stream.ResetAsync(SpdyStatus.Cancel, context.RequestAborted);
        await connection.SendAsync(SpdyFrames.GoAway(0), context.RequestAborted);
        await connection.Ended;
    }

    /// <summary>Each data stream is echoed in upper case with its port in front; port 1 cannot be reached.</summary>
    private static async Task ForwardAsync(SpdyConnection connection, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, SpdyStream>();
        var echoes = new List<Task>();
        while (await connection.AcceptStreamAsync(cancellationToken) is { } stream)
        {
            await stream.ReplyAsync(cancellationToken);
            if (stream.Headers["streamType"] == "error")
            {
                errors[stream.Headers["requestID"]] = stream;
                continue;
            }

            echoes.Add(EchoAsync(stream, errors[stream.Headers["requestID"]], cancellationToken));
        }

        await Task.WhenAll(echoes);
    }

    private static async Task EchoAsync(SpdyStream data, SpdyStream error, CancellationToken cancellationToken)
    {
        if (data.Headers["port"] == "1")
        {
            await error.WriteAsync("connection refused inside"u8.ToArray(), cancellationToken);
        }
        else
        {
            await data.WriteAsync(Encoding.UTF8.GetBytes($"{data.Headers["port"]}:"), cancellationToken);
            while (true)
            {
                var result = await data.Input.ReadAsync(cancellationToken);
                foreach (var segment in result.Buffer) await data.WriteAsync(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(segment.Span).ToUpperInvariant()), cancellationToken);
                data.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) break;
            }
        }

        await error.CompleteAsync(cancellationToken);
        await data.CompleteAsync(cancellationToken);
    }
}

using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Minik8s.Kubelet.Server;

/// <summary>The kubelet's HTTPS server: what the API server calls for logs, exec, attach and port-forward.</summary>
internal sealed class KubeletServer : IAsyncDisposable
{
    private readonly ClientAuthentication _authentication;
    private readonly LogEndpoint _logs;
    private readonly StreamEndpoint _streams;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _web;
    private bool _disposed;

    private KubeletServer(KubeletServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _authentication = new ClientAuthentication(options.ClientAuthorities);
        _logs = new LogEndpoint(options.Pods, time);
        _streams = new StreamEndpoint(options.Pods, options.Runtime, time);
        _logger = loggers.CreateLogger<KubeletServer>();
        _web = Build(options, loggers);
    }

    /// <summary>The port on which it listens.</summary>
    public int Port { get; private set; }

    /// <summary>Starts it; when this returns it answers.</summary>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<KubeletServer> StartAsync(KubeletServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var server = new KubeletServer(options, loggers, time);
        try
        {
            await server._web.StartAsync(cancellationToken);
        }
        catch
        {
            await server._web.DisposeAsync();
            server._stopping.Dispose();
            throw;
        }

        server.Port = new Uri(server._web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return server;
    }

    /// <summary>Ends all sessions and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _web.StopAsync(limit.Token);
        await _web.DisposeAsync();
        _stopping.Dispose();
    }

    private WebApplication Build(KubeletServerOptions options, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            // A command line stands in the request line.
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Listen(options.BindAddress, options.Port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = options.ServingCertificate(),
                    ClientCertificateRequired = true,
                    // Checked with the request, where the answer can say what is wrong.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                }),
            }));
        });
        var web = builder.Build();
        web.Run(HandleAsync);
        return web;
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            Authorize(context);
            await DispatchAsync(context);
        }
        catch (ServerException e)
        {
            await AnswerAsync(context, e.StatusCode, e.Message);
        }
        catch (OperationCanceledException e) when (context.RequestAborted.IsCancellationRequested || _stopping.IsCancellationRequested)
        {
            ServerLogging.Ended(_logger, context.Request.Path, e.Message);
            context.Abort();
        }
        catch (Exception e)
        {
            ServerLogging.Failed(_logger, context.Request.Method, context.Request.Path, e);
            if (context.Response.HasStarted) context.Abort();
            else await AnswerAsync(context, StatusCodes.Status500InternalServerError, e.Message);
        }
    }

    private void Authorize(HttpContext context)
    {
        var caller = _authentication.Authenticate(context.Connection.ClientCertificate) ?? throw new ServerException(StatusCodes.Status401Unauthorized, "Unauthorized");
        if (caller.Allowed) return;
        var verb = HttpMethods.IsPost(context.Request.Method) ? "create" : "get";
        throw new ServerException(StatusCodes.Status403Forbidden, $"Forbidden (user={caller.Name}, verb={verb}, resource=nodes, subresource(s)=[proxy])");
    }

    private Task DispatchAsync(HttpContext context) => context.Request.Path.Value!.TrimStart('/').Split('/') switch
    {
        ["healthz"] => AnswerAsync(context, StatusCodes.Status200OK, "ok"),
        ["containerLogs", var ns, var pod, var container] => _logs.HandleAsync(context, ns, pod, container, _stopping.Token),
        ["exec", var ns, var pod, var container] => _streams.ExecAsync(context, ns, pod, container, _stopping.Token),
        ["attach", var ns, var pod, var container] => _streams.AttachAsync(context, ns, pod, container, _stopping.Token),
        ["portForward", var ns, var pod] => _streams.PortForwardAsync(context, ns, pod, _stopping.Token),
        _ => throw new ServerException(StatusCodes.Status404NotFound, "404 page not found"),
    };

    private static async Task AnswerAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(status == StatusCodes.Status200OK ? message : message + "\n", context.RequestAborted);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Streaming;
using Yarp.ReverseProxy.Forwarder;

namespace Minik8s.ApiServer.Proxying;

/// <summary>Answers the subresource <c>proxy</c> of pods, services and nodes: any HTTP request, upgrades included, goes on to the backend.</summary>
internal sealed class ResourceProxy : IDisposable
{
    private static readonly ForwarderRequestConfig Config = new()
    {
        // A stream may be silent for as long as it likes; its end is that of either connection.
        ActivityTimeout = TimeSpan.FromDays(1),
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        AllowResponseBuffering = false,
    };

    private readonly ProxyTargets _targets;
    private readonly KubeletTransport _kubelets;
    private readonly ServiceProvider _services;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _backends;

    public ResourceProxy(ProxyTargets targets, PodStreamingOptions options, ILoggerFactory loggers)
    {
        _targets = targets;
        _kubelets = new KubeletTransport(options);
        _services = new ServiceCollection().AddSingleton(loggers).AddLogging().AddHttpForwarder().BuildServiceProvider();
        _forwarder = _services.GetRequiredService<IHttpForwarder>();
        _backends = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            // Pods have certificates that nobody here could check, as with Kubernetes.
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
    }

    /// <summary>Forwards one request; returns when its answer is complete. The caller has authenticated and authorized it.</summary>
    /// <exception cref="StatusException">It cannot be forwarded. Thrown only before the response has started.</exception>
    public async Task HandleAsync(HttpContext context, RequestInfo request)
    {
        var target = await _targets.FindAsync(request.Resource, request.Namespace, request.Name, context.RequestAborted);
        var (prefix, rest) = Split(context.Request.Path.Value!);
        var query = context.Request.QueryString.Value ?? "";
        var upgrade = context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true;
        if (rest.Length == 0 && !upgrade)
        {
            // Relative links of the page need the slash at the end.
            context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            context.Response.Headers.Location = prefix + "/" + query;
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        var transformer = new ProxyTransformer(new PathString(rest.Length == 0 ? "/" : rest).ToUriComponent() + query, new LinkRewriter(prefix, target.Authority, context.Request.Scheme, context.Request.Host.Value ?? ""));
        var error = await _forwarder.SendAsync(context, $"{target.Scheme}://{target.Authority}", target.IsKubelet ? _kubelets.Verified : _backends, Config, transformer);
        if (error == ForwarderError.None) return;
        if (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        var why = cause is null ? error.ToString() : KubeletTransport.Describe(cause, target.Authority);
        throw new StatusException(503, StatusReason.ServiceUnavailable, $"error trying to reach service: {why}", new StatusDetails());
    }

    public void Dispose()
    {
        _kubelets.Dispose();
        _backends.Dispose();
        _services.Dispose();
    }

    /// <summary>The path up to <c>/proxy</c>, and what comes after it.</summary>
    private static (string Prefix, string Remainder) Split(string path)
    {
        var parts = path.Split('/');
        // "", api, v1, namespaces, NAMESPACE, pods, NAME, proxy; or "", api, v1, nodes, NAME, proxy.
        var count = parts is [_, _, _, "namespaces", ..] ? 8 : 6;
        Debug.Assert(parts.Length >= count && parts[count - 1] == "proxy", "the request is one for a proxy");
        var length = parts.Take(count).Sum(p => p.Length) + count - 1;
        return (path[..length], path[length..]);
    }
}

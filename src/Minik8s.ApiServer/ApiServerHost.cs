using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Identity;
using Minik8s.Api.Kinds;
using Minik8s.Api.Kinds.Reviews;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Admission.PodSecurity;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Bootstrap;
using Minik8s.ApiServer.CustomResources;
using Minik8s.ApiServer.Discovery;
using Minik8s.ApiServer.FlowControl;
using Minik8s.ApiServer.Health;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Proxying;
using Minik8s.ApiServer.Quota;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Reviews;
using Minik8s.ApiServer.Services;
using Minik8s.ApiServer.Streaming;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;

namespace Minik8s.ApiServer;

/// <summary>A running API server.</summary>
public sealed class ApiServerHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stopping;
    private readonly PodStreaming _streaming;
    private readonly ResourceProxy _proxy;
    private readonly CacheRunner _caches;
    private readonly CustomResourceServer _customResources;
    private readonly Task _serving;
    private readonly Task _quotas;
    private readonly ServerLeases? _leases;

    private ApiServerHost(
        WebApplication web, CancellationTokenSource stopping, PodStreaming streaming, ResourceProxy proxy, CacheRunner caches, CustomResourceServer customResources, Task serving, Task quotas, ServerLeases? leases, int port)
    {
        _customResources = customResources;
        _serving = serving;
        _quotas = quotas;
        Completion = Task.WhenAny(caches.Completion, serving, quotas, leases?.Completion ?? caches.Completion).Unwrap();
        _web = web;
        _stopping = stopping;
        _streaming = streaming;
        _proxy = proxy;
        _caches = caches;
        _leases = leases;
        Port = port;
    }

    /// <summary>The port on which it listens.</summary>
    public int Port { get; }

    /// <summary>Ends with a failure when the server can no longer do its work.</summary>
    public Task Completion { get; }

    /// <summary>Starts a server; when this returns it is ready.</summary>
    public static async Task<ApiServerHost> StartAsync(ApiServerOptions options, IStore store, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var stopping = new CancellationTokenSource();
        var runner = new CacheRunner(time);
        // One cache a stored resource, however many versions of it are served.
        var caches = BuiltInResources.All.Select(r => r.Stored).DistinctBy(r => r.GroupResource)
            .ToDictionary(r => r.GroupResource, r => new ResourceCache(r, store, time, loggers.CreateLogger<ResourceCache>()));
        ResourceCache Cache(string plural) => caches[new GroupResource("", plural)];
        var access = AccessControl.Over(resource => caches[resource]);
        var signatures = new TokenSignatures(options.Tokens.Keys, time);
        RegistryCatalog catalog = null!;
        QuotaCounter counter = null!;
        var quotas = new NamespaceIndex(Cache("resourcequotas"));
        var admission = new AdmissionChain(
            [
                new NamespaceLifecycle(() => Cache("namespaces")),
                new LimitRanger(new NamespaceIndex(Cache("limitranges"))),
                new ServiceAccountAdmission(() => catalog.Get(new GroupResource("", "serviceaccounts"))),
                new TokenSecretAdmission(() => Cache("serviceaccounts"), options.Tokens, signatures),
                new PriorityAdmission(() => caches[new GroupResource("scheduling.k8s.io", "priorityclasses")]),
                new DefaultTolerationSeconds(),
                new DefaultStorageClass(() => caches[new GroupResource("storage.k8s.io", "storageclasses")]),
                new StatusTimes(time),
                new NodeRestriction(),
                new CertificateAdmission(access.Authorizer),
                new RbacEscalation(access.Authorizer, access.Rules, access.Index),
                new PodSecurityAdmission(new NamespacePolicies(Cache("namespaces")), () => Cache("pods"), time),
            ],
            [new ServiceAddresses(options.ServiceCidr, () => Cache("services"), time, options.SharesStore ? new SharedClaims(store, loggers.CreateLogger<SharedClaims>()) : null), new QuotaAdmission(quotas, () => catalog.Get(new GroupResource("", "resourcequotas")), () => counter)]);
        catalog = new RegistryCatalog([.. BuiltInResources.All.Select(r => new ResourceRegistry(r, caches[r.Stored.GroupResource], store, admission, time))], ReviewResources.All);
        foreach (var cache in caches.Values) runner.Start(cache);
        await await Task.WhenAny(Task.WhenAll(caches.Values.Select(c => c.Synced)), runner.Completion).WaitAsync(cancellationToken);

        var definitions = catalog.Get(new GroupResource("apiextensions.k8s.io", "customresourcedefinitions"));
        var customResources = new CustomResourceServer(catalog, definitions, runner, store, admission, time, loggers);
        await customResources.LoadAsync(cancellationToken);
        var kubelets = new PodStreamingOptions
        {
            GetNode = (name, _) => new(Cache("nodes").Find(Cache("nodes").Prefix + name)?.Json is { } json ? new ReadOnlyMemory<byte>(json) : (ReadOnlyMemory<byte>?)null),
            ClientCertificate = options.KubeletClientCertificate,
            KubeletAuthorities = options.KubeletAuthorities,
        };
        var streaming = new PodStreaming(kubelets, time, loggers.CreateLogger<PodStreaming>());
        var proxy = new ResourceProxy(new ProxyTargets(catalog, Random.Shared), kubelets, loggers);
        await new ClusterObjects(catalog, options).EnsureNamespacesAsync(cancellationToken);
        await new ClusterObjects(catalog, options).EnsurePriorityClassesAsync(cancellationToken);
        await new PolicyReconciler(catalog).EnsureAsync(cancellationToken);
        counter = new QuotaCounter(catalog, time);
        var identities = new ObjectIdentities(resource => catalog.Get(resource).Cache);
        var tokens = new TokenAuthenticators(
            new ServiceAccountAuthenticator(signatures, options.Tokens.Issuer, identities, time), new BootstrapTokenAuthenticator(identities, options.Tokens.Audiences, time));
        var bootstrapped = false;
        var handler = new ApiHandler(
            catalog,
            new RequestAuthenticator(new ClientCertificateAuthenticator(options.ClientAuthorities), tokens, options.Tokens.Audiences),
            access.Authorizer,
            new Impersonation(access.Authorizer),
            new ReviewHandler(access, tokens, options.Tokens.Audiences),
            new IssuerDiscovery(options.Tokens, () => $"{options.AdvertiseAddress}:{options.Port}"),
            new RequestLimits(time),
            new DiscoveryHandler(catalog, options),
            new OpenApiHandler(catalog, options, time),
            new HealthHandler(catalog, () => bootstrapped),
            new ListHandler(store, time),
            new WatchHandler(time, stopping.Token),
            new WriteHandler(access.Authorizer, time),
            new SubresourceHandler(streaming, new EvictionHandler(catalog, time), new TokenRequests(options.Tokens, signatures, catalog, new NodeTokens(catalog, access.Authorizer), time), proxy, time),
            time,
            loggers.CreateLogger<ApiHandler>());
        var web = Build(options, loggers, handler);
        await web.StartAsync(cancellationToken);
        var port = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        var objects = new ClusterObjects(catalog, options);
        await objects.EnsureAsync(port, cancellationToken);
        ServerLeases? leases = null;
        if (options.SharesStore && !IPAddress.IsLoopback(options.AdvertiseAddress))
        {
            leases = new ServerLeases(store, objects, options.AdvertiseAddress.ToString(), port, time, loggers.CreateLogger<ServerLeases>());
            await leases.JoinAsync(cancellationToken);
            leases.Start(stopping.Token);
        }

        bootstrapped = true;
        var counting = new QuotaStatus(quotas, catalog.Get(new GroupResource("", "resourcequotas")), counter, catalog, time, loggers.CreateLogger<QuotaStatus>()).RunAsync(stopping.Token);
        return new ApiServerHost(web, stopping, streaming, proxy, runner, customResources, customResources.RunAsync(stopping.Token), counting, leases, port);
    }

    /// <summary>Ends watches in good order, lets running requests finish for a moment, and stops.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        if (_leases is not null) await _leases.LeaveAsync(limit.Token);
        await _web.StopAsync(limit.Token);
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _caches.StopAsync();
        await _quotas.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _streaming.Dispose();
        _proxy.Dispose();
        await _web.DisposeAsync();
        _customResources.Dispose();
        _caches.Dispose();
        _stopping.Dispose();
    }

    private static WebApplication Build(ApiServerOptions options, ILoggerFactory loggers, ApiHandler handler)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Warnings quote what the client has sent, which need not be ASCII.
            kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
            // Larger than the limit on objects, so that the refusal is ours and a Status.
            kestrel.Limits.MaxRequestBodySize = 2 * RequestBody.Limit;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            kestrel.Listen(options.BindAddress, options.Port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = options.ServingCertificate(),
                    ClientCertificateRequired = true,
                    // Who it is, and whether we know the issuer, is the authenticator's business: it answers 401, where a failed handshake would say nothing.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                }),
            }));
        });
        var web = builder.Build();
        web.Run(handler.HandleAsync);
        return web;
    }
}

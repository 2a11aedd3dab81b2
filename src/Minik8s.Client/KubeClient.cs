using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Models;

namespace Minik8s.Client;

/// <summary>A connection to one API server, shared by all loops of a process; safe for use by many threads.</summary>
public sealed class KubeClient : IDisposable
{
    private const string Json = "application/json";
    private readonly HttpClient _http;
    private readonly Uri _server;

    public KubeClient(ClientConfig config)
        : this(config, MakeHandler(config))
    {
    }

    /// <summary>A connection over another transport, which the client then owns.</summary>
    public KubeClient(ClientConfig config, HttpMessageHandler transport)
    {
        Config = config;
        // A relative path is resolved against the last slash: a path prefix of the server must end in one.
        _server = config.Server.AbsoluteUri.EndsWith('/') ? config.Server : new Uri(config.Server.AbsoluteUri + "/");
        _http = new HttpClient(transport, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>What the client was made from.</summary>
    public ClientConfig Config { get; }

    /// <summary>The objects of one kind.</summary>
    /// <exception cref="NotSupportedException">The client does not know the model.</exception>
    public ResourceClient<T> Resource<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> => new(this, ResourceNames.Of<T>());

    /// <summary>The metadata of the objects of any kind, known to the client or not: what else they hold does not leave the server.</summary>
    public ResourceClient<PartialObjectMetadata> Metadata(ResourceNames names) => new(
        this, names, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");

    /// <summary>Sends one request and reads the whole answer.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">Path and query, without a leading slash.</param>
    /// <param name="body">The body; null: none.</param>
    /// <param name="contentType">The body's media type.</param>
    /// <param name="accept">The form of the answer.</param>
    /// <param name="ct">Ends the request.</param>
    /// <returns>The answer's body.</returns>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="ClientConfig.RequestTimeout"/>.</exception>
    public async Task<byte[]> RequestAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? body = null, string contentType = "application/json", string accept = Json, CancellationToken ct = default)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(Config.RequestTimeout);
        try
        {
            using var response = await SendAsync(method, path, body, contentType, accept, timeout.Token).ConfigureAwait(false);
            return await response.Content.ReadAsByteArrayAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw TimedOut(method, path);
        }
    }

    /// <summary>Sends one request and gives the answer's body as it comes, without a limit of time once the server has begun to answer.</summary>
    /// <inheritdoc cref="RequestAsync" path="/exception"/>
    internal async Task<HttpResponseMessage> StreamAsync(string path, string accept, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(Config.RequestTimeout);
        try
        {
            return await SendAsync(HttpMethod.Get, path, null, "", accept, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw TimedOut(HttpMethod.Get, path);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? body, string contentType, string accept, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(_server, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", Config.UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (Config.TlsServerName is { } serverName)
            request.Headers.Host = serverName;
        if (Config.BearerToken?.Invoke() is { Length: > 0 } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is { } bytes)
            request.Content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };

        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var answer = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
            throw ApiException.FromBody((int)response.StatusCode, answer, response.Headers.RetryAfter?.Delta);
        }
    }

    private TimeoutException TimedOut(HttpMethod method, string path) =>
        new($"{method} {path} on {_server} was not answered within {Config.RequestTimeout.TotalSeconds} s");

    private static SocketsHttpHandler MakeHandler(ClientConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            // A peer that vanished without a word is noticed within 45 s even where only watches are open.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // New connections now and then, so that a renewed client certificate replaces the old one well before that expires.
            PooledConnectionLifetime = TimeSpan.FromMinutes(30),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        };
        var tls = handler.SslOptions;
        if (config.ClientCertificate is { } clientCertificate)
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => clientCertificate()!;
        if (config.SkipTlsVerify)
        {
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (config.CertificateAuthorities is { } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            tls.CertificateChainPolicy = policy;
        }
        return handler;
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Connections to kubelets: mutual TLS, no redirects, no proxies. Upgraded connections come out as duplex streams.</summary>
internal sealed class KubeletTransport(PodStreamingOptions options) : IDisposable
{
    private readonly HttpMessageInvoker _verified = new(Handler(options, verify: true));
    private readonly Lazy<HttpMessageInvoker> _unverified = new(() => new HttpMessageInvoker(Handler(options, verify: false)));

    /// <summary>Sends to kubelets whose certificates are checked.</summary>
    public HttpMessageInvoker Verified => _verified;

    /// <summary>Sends a request; returns when the head of the response is there.</summary>
    /// <exception cref="KubeletUnreachableException">There is no connection; the message tells why.</exception>
    public async Task<HttpResponseMessage> SendAsync(KubeletAddress kubelet, HttpMethod method, string pathAndQuery, Action<HttpRequestHeaders>? headers, bool verify, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"https://{kubelet.Authority}{pathAndQuery}") { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        headers?.Invoke(request.Headers);
        try
        {
            return await (verify ? _verified : _unverified.Value).SendAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new KubeletUnreachableException(Describe(e, kubelet.Authority), e);
        }
    }

    public void Dispose()
    {
        _verified.Dispose();
        if (_unverified.IsValueCreated) _unverified.Value.Dispose();
    }

    /// <summary>Says it in the words that Go's dialer has for it, which people know from Kubernetes.</summary>
    public static string Describe(Exception e, string authority)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException!)
        {
            switch (inner)
            {
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }: return $"dial tcp {authority}: connect: connection refused";
                case SocketException { SocketErrorCode: SocketError.HostUnreachable }: return $"dial tcp {authority}: connect: no route to host";
                case SocketException { SocketErrorCode: SocketError.NetworkUnreachable }: return $"dial tcp {authority}: connect: network is unreachable";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }: return $"dial tcp: lookup {authority.Split(':')[0]}: no such host";
                case TimeoutException: return $"dial tcp {authority}: i/o timeout";
                case System.Security.Authentication.AuthenticationException: return $"tls: failed to verify certificate: {inner.Message}";
                default: break;
            }
        }

        return $"{authority}: {e.Message}";
    }

    private static SocketsHttpHandler Handler(PodStreamingOptions options, bool verify) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        ConnectCallback = ConnectAsync,
        SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => options.ClientCertificate(),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => !verify || Verify(certificate, errors, options.KubeletAuthorities()),
        },
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            KeepAlive.Enable(socket);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool Verify(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 serving) return false;
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        return chain.Build(serving);
    }
}

using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Client;

/// <summary>How an API server is reached and how the client proves who it is.</summary>
public sealed record ClientConfig
{
    /// <summary>The server's address, with an optional path prefix.</summary>
    public required Uri Server { get; init; }

    /// <summary>Who may vouch for the server; null: the machine's trusted authorities.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>The name the server's certificate must bear, where it differs from the address (kubeconfig's tls-server-name).</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Do not check the server's certificate at all (kubeconfig's insecure-skip-tls-verify).</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Gives the client certificate with its key; asked for each new connection, so a renewed one is taken up without a restart.</summary>
    public Func<X509Certificate2?>? ClientCertificate { get; init; }

    /// <summary>Gives the bearer token; asked for each request, so a rotated one is taken up without a restart.</summary>
    public Func<string?>? BearerToken { get; init; }

    /// <summary>What the client calls itself: it is also the field manager of its writes, up to the first slash.</summary>
    public string UserAgent { get; init; } = "minik8s";

    /// <summary>How long a request other than a watch may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

using System.Security.Cryptography.X509Certificates;

namespace Minik8s.ApiServer.Streaming;

/// <summary>How the API server reaches kubelets.</summary>
public sealed record PodStreamingOptions
{
    /// <summary>Gives the stored JSON of a Node, or null when there is none of that name.</summary>
    public required Func<string, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> GetNode { get; init; }

    /// <summary>Gives the client certificate (with its key) to show to kubelets. Asked at each connection, so that it can be renewed.</summary>
    public required Func<X509Certificate2> ClientCertificate { get; init; }

    /// <summary>Gives the authorities that sign kubelets' serving certificates. Asked at each connection.</summary>
    public required Func<X509Certificate2Collection> KubeletAuthorities { get; init; }

    /// <summary>How long to wait for a connection to a kubelet, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

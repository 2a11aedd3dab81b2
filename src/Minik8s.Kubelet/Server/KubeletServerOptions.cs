using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Server;

/// <summary>What the kubelet's server is made of.</summary>
internal sealed record KubeletServerOptions
{
    /// <summary>Where it listens.</summary>
    public required IPAddress BindAddress { get; init; }

    /// <summary>The port; 0 for any free one. Kubernetes' is 10250.</summary>
    public required int Port { get; init; }

    /// <summary>The serving certificate, asked for with every connection so that it may be renewed.</summary>
    public required Func<SslStreamCertificateContext> ServingCertificate { get; init; }

    /// <summary>Who signs clients' certificates.</summary>
    public required Func<X509Certificate2Collection> ClientAuthorities { get; init; }

    /// <summary>What runs on the node.</summary>
    public required IPodRuntimeView Pods { get; init; }

    /// <summary>The container runtime, which opens exec, attach and port-forward sessions.</summary>
    public required RuntimeService.RuntimeServiceClient Runtime { get; init; }
}

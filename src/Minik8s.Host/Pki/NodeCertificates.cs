namespace Minik8s.Host.Pki;

/// <summary>The two certificates of a node's kubelet.</summary>
/// <param name="Client">With this it speaks to the API server, as <c>system:node:NAME</c> of the group <c>system:nodes</c>.</param>
/// <param name="Serving">With this it serves the kubelet API (port 10250).</param>
public sealed record NodeCertificates(RenewingCertificate Client, RenewingCertificate Serving);

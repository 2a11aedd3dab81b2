namespace Minik8s.Host.Kubeconfig;

/// <summary>What one context of a kubeconfig says: where the API server is, how to know it, and whom to be.</summary>
/// <param name="Server">The URL, such as <c>https://127.0.0.1:6443</c>.</param>
/// <param name="CaPem">The certificate authority that signs the server's certificate.</param>
/// <param name="CertificatePem">The client certificate.</param>
/// <param name="PrivateKeyPem">Its key.</param>
public sealed record KubeconfigCredentials(string Server, string CaPem, string CertificatePem, string PrivateKeyPem);

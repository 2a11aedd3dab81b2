namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>How ServiceAccount tokens are made.</summary>
public sealed record TokenOptions
{
    /// <summary>Gives the keys, each time they are needed, so that they can be changed.</summary>
    public required Func<TokenKeys> Keys { get; init; }

    /// <summary>The issuer, which tokens name and which the discovery document is for.</summary>
    public string Issuer { get; init; } = "https://kubernetes.default.svc.cluster.local";

    /// <summary>The audiences that mean this API server; the first is put into tokens that ask for none.</summary>
    public IReadOnlyList<string> Audiences => [Issuer];

    /// <summary>The certificate authority that token secrets carry, as PEM.</summary>
    public Func<string> CertificateAuthority { get; init; } = () => "";
}

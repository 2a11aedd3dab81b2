using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.ApiServer.Authentication;

/// <summary>Reads the user from a client certificate that one of the authorities has signed: CN is the name, each O a group.</summary>
public sealed class ClientCertificateAuthenticator(Func<X509Certificate2Collection> authorities)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // Building a chain costs more than a request; a connection keeps its certificate object, so each is checked once.
    private readonly ConditionalWeakTable<X509Certificate2, UserInfo> _known = [];

    /// <summary>The user; null when the certificate is not valid now, not for clients, or signed by somebody else.</summary>
    public UserInfo? Authenticate(X509Certificate2 certificate)
    {
        if (_known.TryGetValue(certificate, out var known) && certificate.NotAfter > DateTime.Now) return known;
        if (Check(certificate) is not { } user) return null;
        _known.AddOrUpdate(certificate, user);
        return user;
    }

    private UserInfo? Check(X509Certificate2 certificate)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        };
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities());
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ClientAuthentication));
        if (!chain.Build(certificate)) return null;
        var name = "";
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) continue;
            switch (part.GetSingleElementType().Value)
            {
                case "2.5.4.3":
                    name = part.GetSingleElementValue() ?? "";
                    break;
                case "2.5.4.10":
                    groups.Add(part.GetSingleElementValue() ?? "");
                    break;
            }
        }

        return name.Length == 0 ? null : new UserInfo(name, [.. groups, "system:authenticated"]);
    }
}

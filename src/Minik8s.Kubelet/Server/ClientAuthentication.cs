using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Kubelet.Server;

/// <summary>Who calls, from the client certificate, and whether they may: the kubelet's server gives root on the node, so only the API server and masters may.</summary>
internal sealed class ClientAuthentication(Func<X509Certificate2Collection> authorities)
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const string ApiServer = "kube-apiserver-kubelet-client";
    private const string Masters = "system:masters";

    // A connection keeps its certificate object: the chain is built once for each.
    private readonly ConditionalWeakTable<X509Certificate2, Caller> _known = [];

    /// <summary>Who it is; null when the certificate is missing, not valid now, not for clients or signed by somebody else.</summary>
    public Caller? Authenticate(X509Certificate2? certificate)
    {
        if (certificate is null) return null;
        if (_known.TryGetValue(certificate, out var known) && certificate.NotAfter > DateTime.Now) return known;
        if (!Trusted(certificate) || Read(certificate) is not { } caller) return null;
        _known.AddOrUpdate(certificate, caller);
        return caller;
    }

    private static Caller? Read(X509Certificate2 certificate)
    {
        var name = "";
        var allowed = false;
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) continue;
            var value = part.GetSingleElementValue() ?? "";
            var type = part.GetSingleElementType().Value;
            if (type == CommonName) name = value;
            else if (type == Organization) allowed |= value == Masters;
        }

        return name.Length == 0 ? null : new Caller(name, allowed || name == ApiServer);
    }

    private bool Trusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities());
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ForClients));
        return chain.Build(certificate);
    }
}

/// <summary>A caller known by certificate.</summary>
internal sealed record Caller(string Name, bool Allowed);

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.Controllers.Certificates;

namespace Minik8s.Host.Pki;

/// <summary>
/// The cluster's certificate authority and everything it has issued to the control plane, kept in one private directory: made at the first start,
/// read again at later ones, renewed while running (<see cref="RunAsync"/>).
/// </summary>
/// <remarks>One authority signs servers and clients; the extended key usage tells them apart (the layout of Kubernetes' "PKI certificates and requirements").</remarks>
public sealed class ClusterPki : ICertificateSigner, IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromMinutes(1);

    private readonly PkiOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PkiFiles _files;
    private readonly CertificateAuthority _authority;
    private readonly ServiceAccountKeys _serviceAccountKeys;
    private readonly Lock _gate = new();
    private readonly List<RenewingCertificate> _certificates = [];

    private ClusterPki(PkiOptions options, TimeProvider time, ILogger logger, PkiFiles files, CertificateAuthority authority, ServiceAccountKeys tokenKeys)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _files = files;
        _authority = authority;
        _serviceAccountKeys = tokenKeys;
        TokenKeys = new(tokenKeys.Signing, tokenKeys.Former);
    }

    /// <summary>The certificate authority's certificate, without its key. It verifies clients, the API server and kubelets.</summary>
    public X509Certificate2 CaCertificate => _authority.Certificate;

    /// <summary>The authorities that are trusted: this one, and those before it that <c>ca.crt</c> still holds after it.</summary>
    /// <remarks>
    /// The authority is changed by <see cref="AuthorityRotation"/> and a restart: everything is issued anew, and what the former one has signed is accepted
    /// until its certificate is removed from the file.
    /// </remarks>
    public X509Certificate2Collection Authorities => [.. _authority.Trusted];

    /// <summary>The same as PEM, for kubeconfigs and the ConfigMap <c>kube-root-ca.crt</c>.</summary>
    public string CaPem => _authority.Pem;

    /// <summary>Sign and verify ServiceAccount tokens (ES256).</summary>
    public TokenKeys TokenKeys { get; }

    /// <summary>The API server's serving certificate.</summary>
    public RenewingCertificate ApiServer { get; private set; } = null!;

    /// <summary>With this the API server speaks to kubelets.</summary>
    public RenewingCertificate ApiServerKubeletClient { get; private set; } = null!;

    /// <summary>The administrator: <c>kubernetes-admin</c> of the group <c>system:masters</c>.</summary>
    public RenewingCertificate Admin { get; private set; } = null!;

    /// <summary><c>system:kube-scheduler</c>.</summary>
    public RenewingCertificate Scheduler { get; private set; } = null!;

    /// <summary><c>system:kube-controller-manager</c>.</summary>
    public RenewingCertificate ControllerManager { get; private set; } = null!;

    /// <summary><c>system:kube-proxy</c>.</summary>
    public RenewingCertificate Proxy { get; private set; } = null!;

    /// <summary>Reads the cluster's keys and certificates, makes those that are missing, and re-issues those that are due or no longer say what the options want.</summary>
    /// <exception cref="PkiException">A file is damaged, foreign or inaccessible; nothing of it was changed.</exception>
    public static async Task<ClusterPki> EnsureAsync(PkiOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var server = ServingProfile(options);
        var files = new PkiFiles(options.Directory);
        files.EnsureDirectory();
        using var held = await files.LockAsync(time, cancellationToken);
        var authority = await EnsureAuthorityAsync(options, files, time, logger, cancellationToken);
        var pki = new ClusterPki(options, time, logger, files, authority, await ServiceAccountKeys.EnsureAsync(files, cancellationToken));
        try
        {
            pki.ApiServer = await pki.EnsureCertificateAsync(server, cancellationToken);
            pki.ApiServerKubeletClient = await pki.EnsureCertificateAsync(
                CertificateProfile.Client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"), cancellationToken);
            pki.Admin = await pki.EnsureCertificateAsync(CertificateProfile.Client("admin", "kubernetes-admin", "system:masters"), cancellationToken);
            pki.Scheduler = await pki.EnsureCertificateAsync(CertificateProfile.Client("scheduler", "system:kube-scheduler"), cancellationToken);
            pki.ControllerManager = await pki.EnsureCertificateAsync(CertificateProfile.Client("controller-manager", "system:kube-controller-manager"), cancellationToken);
            pki.Proxy = await pki.EnsureCertificateAsync(CertificateProfile.Client("proxy", "system:kube-proxy"), cancellationToken);
            return pki;
        }
        catch
        {
            pki.Dispose();
            throw;
        }
    }

    /// <summary>Gives a node's kubelet its certificates, which renew themselves with the others.</summary>
    /// <param name="nodeName">The node's name.</param>
    /// <param name="addresses">The addresses at which its kubelet is reached; loopback is added.</param>
    /// <param name="cancellationToken">Ends the waiting and writing.</param>
    /// <exception cref="PkiException">As for <see cref="EnsureAsync"/>.</exception>
    public async Task<NodeCertificates> EnsureNodeAsync(string nodeName, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        if (nodeName.Length == 0 || nodeName.AsSpan().ContainsAny('/', '\0')) throw new ArgumentException($"\"{nodeName}\" is not a node name.", nameof(nodeName));
        using var held = await _files.LockAsync(_time, cancellationToken);
        var client = await EnsureCertificateAsync(CertificateProfile.Client($"kubelet-client-{nodeName}", "system:node:" + nodeName, "system:nodes"), cancellationToken);
        var serving = await EnsureCertificateAsync(NodeProfile($"kubelet-server-{nodeName}", nodeName, addresses), cancellationToken);
        return new(client, serving);
    }

    private static CertificateProfile NodeProfile(string name, string nodeName, IReadOnlyList<IPAddress> addresses) =>
        new(name, "system:node:" + nodeName, "system:nodes", Server: true)
        {
            DnsNames = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { nodeName, "localhost" },
            Addresses = new HashSet<IPAddress>(addresses) { IPAddress.Loopback, IPAddress.IPv6Loopback },
        };

    /// <summary>Issues one certificate with which a node's kubelet and proxy on another machine are client and server; it is given away, not kept.</summary>
    /// <param name="directory">The directory of the cluster's keys.</param>
    /// <param name="nodeName">The node's name.</param>
    /// <param name="addresses">The addresses at which its kubelet is reached; loopback is added.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The authority, the certificate and its key as PEM.</returns>
    /// <exception cref="PkiException">The cluster has no authority there, or it is damaged.</exception>
    public static async Task<(string CaPem, string CertificatePem, string KeyPem)> IssueNodeAsync(
        string directory, string nodeName, IReadOnlyList<IPAddress> addresses, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = new PkiOptions { Directory = directory, NodeName = nodeName };
        var files = new PkiFiles(directory);
        if (!File.Exists(files.CaKey)) throw new PkiException($"there is no certificate authority in {directory}; run this where the API server runs, with its --data-dir");
        using var authority = await EnsureAuthorityAsync(options, files, time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, cancellationToken);
        var issued = authority.Issue(NodeProfile($"node-{nodeName}", nodeName, addresses) with { ClientToo = true }, time.GetUtcNow(), options.CertificateLifetime);
        return (authority.Pem, issued.CertificatePem, issued.PrivateKeyPem);
    }

    /// <summary>The signer of a cluster whose keys lie in a directory, for a controller manager in a process of its own; null when they do not.</summary>
    /// <exception cref="PkiException">The keys are damaged.</exception>
    public static async Task<ICertificateSigner?> SignerAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = new PkiFiles(directory);
        if (!File.Exists(files.CaKey)) return null;
        var options = new PkiOptions { Directory = directory, NodeName = "" };
        return new AuthoritySigner(await EnsureAuthorityAsync(options, files, time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, cancellationToken), options.CertificateLifetime, time);
    }

    /// <inheritdoc/>
    public string Sign(CertificateRequest request, IReadOnlyList<string> purposes, bool keyEncipherment, bool withNames, TimeSpan? lifetime) =>
        new AuthoritySigner(_authority, _options.CertificateLifetime, _time).Sign(request, purposes, keyEncipherment, withNames, lifetime);

    /// <summary>
    /// Renews certificates when two thirds of their life have passed, until cancelled. A failure to write is logged and tried again; meanwhile the
    /// present certificates, which have a third of their life left, stay in use.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var wait = TimeSpan.Zero;
        while (true)
        {
            if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                wait = await RenewDueAsync(cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PkiException)
            {
                wait = RetryAfterFailure;
                PkiLog.RenewalFailed(_logger, e, wait);
            }
        }
    }

    public void Dispose()
    {
        _authority.Dispose();
        _serviceAccountKeys.Dispose();
    }

    /// <summary>Renews what is due and tells how long to wait before looking again; never so long that a stepped clock goes unnoticed.</summary>
    private async Task<TimeSpan> RenewDueAsync(CancellationToken cancellationToken)
    {
        RenewingCertificate[] certificates;
        lock (_gate) certificates = [.. _certificates];
        if (certificates.Any(c => c.RenewAt <= _time.GetUtcNow()))
        {
            using var held = await _files.LockAsync(_time, cancellationToken);
            foreach (var certificate in certificates.Where(c => c.RenewAt <= _time.GetUtcNow()))
            {
                await certificate.ReplaceAsync(await ReadOrIssueAsync(certificate.Profile, cancellationToken), cancellationToken);
            }
        }

        // The authority's own end bounds every certificate; without a floor its last hours would become a busy loop.
        var next = certificates.Length == 0 ? LongestWait : certificates.Min(c => c.RenewAt) - _time.GetUtcNow();
        return TimeSpan.FromTicks(Math.Clamp(next.Ticks, TimeSpan.FromSeconds(10).Ticks, LongestWait.Ticks));
    }

    private async Task<RenewingCertificate> EnsureCertificateAsync(CertificateProfile profile, CancellationToken cancellationToken)
    {
        var certificate = new RenewingCertificate(profile, await ReadOrIssueAsync(profile, cancellationToken));
        lock (_gate)
        {
            _certificates.RemoveAll(c => c.Name == profile.Name);
            _certificates.Add(certificate);
        }

        return certificate;
    }

    private async Task<RenewingCertificate.Issued> ReadOrIssueAsync(CertificateProfile profile, CancellationToken cancellationToken)
    {
        var path = _files.PathOf(profile.Name);
        var advice = $"Move the file away and start again: minik8s then issues a new one.";
        var present = await _files.ReadPairAsync(path, advice, _authority.Link, cancellationToken);
        string cause;
        if (present is null)
        {
            cause = "there was none";
        }
        else if (_authority.FormerHasIssued(present.Certificate))
        {
            cause = "the authority has changed";
        }
        else if (!_authority.HasIssued(present.Certificate))
        {
            throw new PkiException($"The certificate in {path} was not issued by this cluster's certificate authority ({_files.CaCertificate}). {advice}");
        }
        else if (!profile.Describes(present.Certificate))
        {
            cause = "its names have changed";
        }
        else if (present.RenewAt <= _time.GetUtcNow())
        {
            cause = "the former one ends soon";
        }
        else
        {
            return present;
        }

        var issued = _authority.Issue(profile, _time.GetUtcNow(), _options.CertificateLifetime);
        await _files.WriteAsync(path, issued.CertificatePem + issued.PrivateKeyPem, cancellationToken);
        PkiLog.Issued(_logger, profile.Name, issued.Certificate.NotAfter, cause);
        return issued;
    }

    private static CertificateProfile ServingProfile(PkiOptions options)
    {
        var dns = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
        {
            "kubernetes", "kubernetes.default", "kubernetes.default.svc", $"kubernetes.default.svc.{options.ClusterDomain}", "localhost", options.NodeName,
        };
        var addresses = new HashSet<IPAddress>(options.AdvertiseAddresses) { IPAddress.Loopback, IPAddress.IPv6Loopback };
        if (options.ServiceAddress is not null) addresses.Add(options.ServiceAddress);
        foreach (var name in options.ExtraSubjectNames)
        {
            if (IPAddress.TryParse(name, out var address)) addresses.Add(address);
            else if (Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns) dns.Add(name);
            else throw new PkiException($"\"{name}\" is neither a DNS name nor an IP address, so the API server's certificate cannot be made for it.");
        }

        // An address that means "any" is not one that a client connects to.
        addresses.Remove(IPAddress.Any);
        addresses.Remove(IPAddress.IPv6Any);
        return new("apiserver", "kube-apiserver", null, Server: true) { DnsNames = dns, Addresses = addresses };
    }

    private static async Task<CertificateAuthority> EnsureAuthorityAsync(PkiOptions options, PkiFiles files, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        const string advice = "Restore ca.crt and ca.key from a backup; or, to give up this cluster's identity, move the whole directory away and start again "
            + "(every kubeconfig and joined node then needs new credentials).";
        var now = time.GetUtcNow();
        if (!File.Exists(files.CaKey))
        {
            if (File.Exists(files.CaCertificate)) throw new PkiException($"{files.CaCertificate} is there but its key {files.CaKey} is not. {advice}");
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await files.WriteAsync(files.CaKey, made.ExportPkcs8PrivateKeyPem() + "\n", cancellationToken);
        }

        var key = await files.ReadKeyAsync(files.CaKey, advice, cancellationToken);
        try
        {
            if (!File.Exists(files.CaCertificate))
            {
                // A crash between the two writes leaves the key alone; a certificate made anew from the same key serves what the key has signed.
                using var signed = CertificateAuthority.SelfSign(key, now, options.CaLifetime);
                await files.WriteAsync(files.CaCertificate, signed.ExportCertificatePem() + "\n", cancellationToken);
                PkiLog.CaMade(logger, files.CaCertificate);
            }

            var certificates = await files.ReadCertificatesAsync(files.CaCertificate, advice, cancellationToken);
            if (certificates.FirstOrDefault(c => CertificateAuthority.Belongs(c, key)) is not { } certificate)
            {
                throw new PkiException($"The key {files.CaKey} does not belong to the certificate {files.CaCertificate}. {advice}");
            }

            if (!certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
            {
                throw new PkiException($"{files.CaCertificate} is not the certificate of a certificate authority. {advice}");
            }

            if (certificate.NotAfter <= now) throw new PkiException($"The certificate authority {files.CaCertificate} ended on {certificate.NotAfter:u}. {advice}");
            if (certificate.NotAfter <= now + TimeSpan.FromDays(180)) PkiLog.CaEndsSoon(logger, files.CaCertificate, certificate.NotAfter);
            var link = File.Exists(files.CaLink) ? (await files.ReadCertificatesAsync(files.CaLink, "Remove the file: it is needed only by those who do not know the new authority yet.", cancellationToken))[0] : null;
            // A link to another authority is left from a change that was cut off before its last step.
            if (link is not null && !CertificateAuthority.Belongs(link, key)) link = null;
            return new(certificate, key, [.. certificates.Where(c => c != certificate && c.NotAfter > now)]) { Link = link };
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}

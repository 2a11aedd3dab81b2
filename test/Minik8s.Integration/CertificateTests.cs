using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Certificates on request, and what else the controllers do with the rights of their own certificate.</summary>
public sealed class CertificateTests : IAsyncLifetime
{
    private TestControlPlane _plane = null!;
    private TestControllers _controllers = null!;

    public async ValueTask InitializeAsync()
    {
        _plane = await TestControlPlane.StartAsync();
        _controllers = TestControllers.StartWithAuthority(_plane);
    }

    public async ValueTask DisposeAsync()
    {
        await _controllers.DisposeAsync();
        await _plane.DisposeAsync();
    }

    [Fact]
    public async Task An_approved_request_becomes_a_certificate_that_the_server_knows()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RequestAsync("jane", "kubernetes.io/kube-apiserver-client", Csr(key, "CN=jane,O=devs"), "client auth");
        Assert.Matches("kubernetes-admin +<none> +Pending|kubernetes-admin.*Pending", (await _plane.Kubectl("get", "csr", "jane")).Succeeded());
        (await _plane.Kubectl("certificate", "approve", "jane")).Succeeded();
        using var certificate = await IssuedAsync("jane", key);
        Assert.Contains("username\":\"jane", await WhoAsync(certificate));
        Assert.Contains("devs", await WhoAsync(certificate));
        Assert.Contains("Approved,Issued", (await _plane.Kubectl("get", "csr", "jane")).Succeeded());
    }

    [Fact]
    public async Task A_request_may_be_denied_and_some_are_refused_at_once()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RequestAsync("denied", "kubernetes.io/kube-apiserver-client", Csr(key, "CN=eve"), "client auth");
        (await _plane.Kubectl("certificate", "deny", "denied")).Succeeded();
        Assert.Contains("Denied", (await _plane.Kubectl("get", "csr", "denied")).Succeeded());
        var masters = await TryRequestAsync("masters", "kubernetes.io/kube-apiserver-client", Csr(key, "CN=eve,O=system:masters"), "client auth");
        Assert.Contains("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed", masters.Error);
        await RequestAsync("wrong", "kubernetes.io/kubelet-serving", Csr(key, "CN=system:node:n1,O=system:nodes"), "server auth");
        (await _plane.Kubectl("certificate", "approve", "wrong")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("get", "csr", "wrong", "-o", "jsonpath={.status.conditions[?(@.type=='Failed')].message}")).Output == "DNS or IP subjectAltName is required", "the signer says why not");
    }

    [Fact]
    public async Task A_node_joins_with_a_token_and_renews_its_certificate_by_itself()
    {
        (await _plane.KubectlWithInput(
            """
            {"apiVersion":"v1","kind":"Secret","type":"bootstrap.kubernetes.io/token","metadata":{"name":"bootstrap-token-joinin","namespace":"kube-system"},
             "stringData":{"token-id":"joinin","token-secret":"0123456789abcdef","usage-bootstrap-authentication":"true"}}
            """,
            "create", "-f", "-")).Succeeded();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using (var joining = _plane.Client("joinin.0123456789abcdef"))
        {
            var answer = await joining.PostAsync(
                "/apis/certificates.k8s.io/v1/certificatesigningrequests",
                new StringContent(Manifest("join", "kubernetes.io/kube-apiserver-client-kubelet", Csr(key, "O=system:nodes,CN=system:node:n7"), "client auth"), Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }

        using var certificate = await IssuedAsync("join", key);
        Assert.Contains("system:node:n7", await WhoAsync(certificate));
        using var node = Client(certificate);
        var other = await node.PostAsync(
            "/apis/certificates.k8s.io/v1/certificatesigningrequests",
            new StringContent(Manifest("other", "kubernetes.io/kube-apiserver-client-kubelet", Csr(key, "O=system:nodes,CN=system:node:n8"), "client auth"), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        var renewal = await node.PostAsync(
            "/apis/certificates.k8s.io/v1/certificatesigningrequests",
            new StringContent(Manifest("renewal", "kubernetes.io/kube-apiserver-client-kubelet", Csr(key, "O=system:nodes,CN=system:node:n7"), "client auth"), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Created, renewal.StatusCode);
        using var renewed = await IssuedAsync("renewal", key);
        Assert.NotEqual(certificate.SerialNumber, renewed.SerialNumber);
    }

    [Fact]
    public async Task Aggregated_roles_follow_the_roles_that_they_select()
    {
        (await _plane.Kubectl("create", "clusterrole", "view-nodes", "--verb=get", "--resource=endpoints")).Succeeded();
        (await _plane.Kubectl("label", "clusterrole", "view-nodes", "rbac.authorization.k8s.io/aggregate-to-view=true")).Succeeded();
        (await _plane.Kubectl("patch", "clusterrole", "view-nodes", "--type=merge", "-p", """{"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["nodes"]}]}""")).Succeeded();
        (await _plane.Kubectl("create", "clusterrolebinding", "vera", "--clusterrole=admin", "--user=vera")).Succeeded();
        // From view to edit to admin, step by step.
        await Eventually.True(async () => (await _plane.Kubectl("auth", "can-i", "get", "nodes", "--as", "vera")).Output == "yes\n", "admin has what view has");
        (await _plane.Kubectl("delete", "clusterrole", "view-nodes")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("auth", "can-i", "get", "nodes", "--as", "vera")).Output == "no\n", "and no longer");
    }

    [Fact]
    public async Task A_token_secret_goes_with_its_account()
    {
        (await _plane.Kubectl("create", "serviceaccount", "holder")).Succeeded();
        const string secret = """{"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/service-account-token","metadata":{"name":"NAME","annotations":{"kubernetes.io/service-account.name":"ACCOUNT"}}}""";
        (await _plane.KubectlWithInput(secret.Replace("NAME", "kept").Replace("ACCOUNT", "holder"), "create", "-f", "-")).Succeeded();
        (await _plane.KubectlWithInput(secret.Replace("NAME", "orphan").Replace("ACCOUNT", "nobody"), "create", "-f", "-")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("get", "secret", "orphan")).Error.Contains("not found"), "a secret of no account is removed");
        (await _plane.Kubectl("get", "secret", "kept")).Succeeded();
        (await _plane.Kubectl("delete", "serviceaccount", "holder")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("get", "secret", "kept")).Error.Contains("not found"), "and one whose account is deleted");
    }

    private static string Csr(ECDsa key, string subject) => new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    private static string Manifest(string name, string signer, string pem, string purpose) =>
        $$"""
        {"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"{{name}}"},
         "spec":{"signerName":"{{signer}}","usages":["digital signature","{{purpose}}"],"request":"{{Convert.ToBase64String(Encoding.ASCII.GetBytes(pem))}}"} }
        """;

    private async Task RequestAsync(string name, string signer, string pem, string purpose) => (await TryRequestAsync(name, signer, pem, purpose)).Succeeded();

    private Task<ProcessResult> TryRequestAsync(string name, string signer, string pem, string purpose) => _plane.KubectlWithInput(Manifest(name, signer, pem, purpose), "create", "-f", "-");

    private async Task<X509Certificate2> IssuedAsync(string name, ECDsa key)
    {
        var issued = await Eventually.Value(
            async () => (await _plane.Kubectl("get", "csr", name, "-o", "jsonpath={.status.certificate}")).Output is { Length: > 0 } text ? text : null, $"the certificate of {name} is issued", TimeSpan.FromSeconds(20));
        using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(issued)));
        return certificate.CopyWithPrivateKey(key);
    }

    private HttpClient Client(X509Certificate2 certificate) => new(new SocketsHttpHandler
    {
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
        },
    })
    {
        BaseAddress = _plane.Address,
    };

    private async Task<string> WhoAsync(X509Certificate2 certificate)
    {
        using var client = Client(certificate);
        var answer = await client.PostAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", new StringContent("{}", Encoding.UTF8, "application/json"));
        return await answer.Content.ReadAsStringAsync();
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The life of an object of each kind under the stock kubectl: create, table, describe, explain, patch, delete.</summary>
public sealed class KindTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    public static TheoryData<string, string, string, string> Kinds => new()
    {
        { "v1", "PersistentVolume", "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /data}, storageClassName: slow}", "thing +1Gi +RWO +Retain +Pending +slow +<unset> +[0-9]+s +Filesystem" },
        { "v1", "PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}", "thing +Pending +<unset> +[0-9]+s +Filesystem" },
        { "v1", "LimitRange", "spec: {limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 500m}}]}", "thing +2[0-9-]+T" },
        { "v1", "ResourceQuota", "spec: {hard: {pods: '10'}}", "thing +(pods: 0/10 +)?[0-9]+s" },
        { "networking.k8s.io/v1", "Ingress", "spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}", "thing +<none> +a.example +80 +[0-9]+s" },
        { "networking.k8s.io/v1", "IngressClass", "spec: {controller: example.com/nginx}", "thing +example.com/nginx +<none> +[0-9]+s" },
        { "networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {matchLabels: {app: web}}}", "thing +app=web +[0-9]+s" },
        { "networking.k8s.io/v1", "ServiceCIDR", "spec: {cidrs: [10.99.0.0/24]}", "thing +10.99.0.0/24 +[0-9]+s" },
        { "rbac.authorization.k8s.io/v1", "Role", "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]", "thing +2[0-9-]+T" },
        { "rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: thing}\nsubjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]", "thing +Role/thing +[0-9]+s +jane" },
        { "rbac.authorization.k8s.io/v1", "ClusterRole", "rules: [{nonResourceURLs: [/healthz], verbs: [get]}]", "thing +2[0-9-]+T" },
        { "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: thing}\nsubjects: [{kind: Group, name: team, apiGroup: rbac.authorization.k8s.io}]", "thing +ClusterRole/thing +[0-9]+s +team" },
        { "storage.k8s.io/v1", "StorageClass", "provisioner: example.com/disk", "thing +example.com/disk +Delete +Immediate +false +[0-9]+s" },
        { "storage.k8s.io/v1", "CSIDriver", "spec: {attachRequired: false}", "thing +false +false +false +<unset> +false +Persistent +[0-9]+s" },
        { "storage.k8s.io/v1", "CSINode", "spec: {drivers: [{name: disk.example.com, nodeID: a}]}", "thing +1 +[0-9]+s" },
        { "storage.k8s.io/v1", "CSIStorageCapacity", "storageClassName: fast\ncapacity: 1Gi", "thing +fast +1Gi" },
        { "storage.k8s.io/v1", "VolumeAttachment", "spec: {attacher: disk.example.com, nodeName: a, source: {persistentVolumeName: pv}}", "thing +disk.example.com +pv +a +false +[0-9]+s" },
        { "storage.k8s.io/v1", "VolumeAttributesClass", "driverName: disk.example.com\nparameters: {iops: '100'}", "thing +disk.example.com +[0-9]+s" },
        { "scheduling.k8s.io/v1", "PriorityClass", "value: 1000", "thing +1000 +false +[0-9]+s +PreemptLowerPriority" },
        { "node.k8s.io/v1", "RuntimeClass", "handler: runsc", "thing +runsc +[0-9]+s" },
        { "coordination.k8s.io/v1", "Lease", "spec: {holderIdentity: me}", "thing +me +[0-9]+s" },
        { "discovery.k8s.io/v1", "EndpointSlice", "addressType: IPv4\nports: [{name: '', port: 80, protocol: TCP}]\nendpoints: [{addresses: [10.0.0.1]}]", "thing +IPv4 +80 +10.0.0.1 +[0-9]+s" },
        { "v1", "Endpoints", "subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 80, protocol: TCP}]}]", "thing +10.0.0.1:80 +[0-9]+s" },
        { "v1", "Service", "spec: {ports: [{port: 80}], type: NodePort}", "thing +NodePort +10.43.[0-9.]+ +<none> +80:3[0-9]+/TCP +[0-9]+s +<none>" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_object_of_each_kind_lives_under_kubectl(string apiVersion, string kind, string rest, string row)
    {
        var group = apiVersion.Contains('/') ? "." + apiVersion[..apiVersion.IndexOf('/')] : "";
        var resource = kind.ToLowerInvariant() + (group.Length > 0 ? ".v1" + group : "");
        var manifest = $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: thing}}\n{rest}\n";
        Assert.Equal($"{kind.ToLowerInvariant()}{group}/thing created\n", (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded());
        Assert.Matches(row, (await _plane.Kubectl("get", resource, "thing", "-o", "wide")).Succeeded());
        // This kubectl's describe asks for these two in a version that is no longer served by default.
        if (kind is not ("ServiceCIDR" or "VolumeAttributesClass")) Assert.Matches("Name: +thing", (await _plane.Kubectl("describe", resource, "thing")).Succeeded());
        Assert.Contains(kind, (await _plane.Kubectl("explain", kind.ToLowerInvariant(), "--api-version", apiVersion)).Succeeded());
        Assert.Contains("unchanged", (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded());
        (await _plane.Kubectl("patch", resource, "thing", "-p", """{"metadata":{"labels":{"a":"b"}}}""")).Succeeded();
        Assert.Equal($"{kind.ToLowerInvariant()}{group}/thing\n", (await _plane.Kubectl("get", resource, "-l", "a=b", "-o", "name")).Succeeded());
        Assert.Contains("deleted", (await _plane.Kubectl("delete", resource, "thing")).Succeeded());
    }

    [Theory]
    [InlineData("ingress", "x1", "--rule=a.example/*=web:80")]
    [InlineData("role", "x1", "--verb=get", "--resource=pods")]
    [InlineData("rolebinding", "x1", "--role=x1", "--user=jane")]
    [InlineData("clusterrole", "x1", "--verb=get", "--resource=nodes")]
    [InlineData("clusterrolebinding", "x1", "--clusterrole=x1", "--serviceaccount=default:robot")]
    [InlineData("quota", "x1", "--hard=pods=3")]
    [InlineData("priorityclass", "x1", "--value=5")]
    public async Task Create_makes_objects_from_flags(params string[] arguments)
    {
        Assert.EndsWith("created\n", (await _plane.Kubectl(["create", .. arguments])).Succeeded());
        (await _plane.Kubectl("delete", arguments[0], arguments[1])).Succeeded();
    }

    [Fact]
    public async Task A_new_cluster_has_priority_classes_and_a_network_of_services()
    {
        Assert.Matches("system-cluster-critical +2000000000 +false .*\nsystem-node-critical +2000001000 +false ", (await _plane.Kubectl("get", "priorityclasses")).Succeeded());
        Assert.Equal("[\"10.43.0.0/16\"] True", (await _plane.Kubectl("get", "servicecidr.v1.networking.k8s.io", "kubernetes", "-o", "jsonpath={.spec.cidrs} {.status.conditions[?(@.type==\"Ready\")].status}")).Succeeded());
    }

    [Fact]
    public async Task A_certificate_request_is_approved_once_and_what_is_asked_for_stays()
    {
        (await _plane.KubectlWithInput(Request("good"), "create", "-f", "-")).Succeeded();
        Assert.Matches("good +[0-9]+s +example.com/signer +.* +60m +Pending", (await _plane.Kubectl("get", "csr", "good")).Succeeded());
        (await _plane.Kubectl("certificate", "approve", "good")).Succeeded();
        Assert.Matches("good .* Approved", (await _plane.Kubectl("get", "csr", "--field-selector", "spec.signerName=example.com/signer")).Succeeded());
        Assert.NotEqual("", (await _plane.Kubectl("get", "csr", "good", "-o", "jsonpath={.status.conditions[0].lastTransitionTime}")).Succeeded());
        (await _plane.Kubectl("patch", "csr", "good", "--type=merge", "-p", """{"spec":{"signerName":"example.com/other"},"status":{"certificate":"eA=="}}""")).Succeeded();
        Assert.Equal("example.com/signer ", (await _plane.Kubectl("get", "csr", "good", "-o", "jsonpath={.spec.signerName} {.status.certificate}")).Succeeded());
        var status = await _plane.Kubectl("patch", "csr", "good", "--subresource=status", "--type=merge", "-p", """{"status":{"certificate":"eA=="}}""");
        Assert.Contains("must contain at least one CERTIFICATE PEM block", status.Error);
    }

    [Fact]
    public async Task A_certificate_request_that_is_none_is_refused()
    {
        var refused = await _plane.KubectlWithInput(Request("bad", "aGVsbG8="), "create", "-f", "-");
        Assert.Contains("spec.request: Invalid value: \"aGVsbG8=\": PEM block type must be CERTIFICATE REQUEST", refused.Error);
    }

    private static string Request(string name, string? request = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        request ??= Convert.ToBase64String(Encoding.ASCII.GetBytes(new CertificateRequest("CN=jane", key, HashAlgorithmName.SHA256).CreateSigningRequestPem()));
        return $"apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: {name}}}\n"
            + $"spec: {{request: {request}, signerName: example.com/signer, usages: [client auth], expirationSeconds: 3600}}\n";
    }
}

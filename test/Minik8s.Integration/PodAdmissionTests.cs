using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>What a new pod gets on its way into the store.</summary>
public sealed class PodAdmissionTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_pod_gets_its_account_and_a_volume_with_its_token()
    {
        (await _plane.Kubectl("create", "namespace", "fresh")).Succeeded();
        (await _plane.Kubectl("run", "web", "--image=x", "-n", "fresh")).Succeeded();
        Assert.Equal("default", await Path("fresh", "web", "{.spec.serviceAccountName}"));
        Assert.Matches("^kube-api-access-[a-z0-9]{5}$", await Path("fresh", "web", "{.spec.volumes[0].name}"));
        Assert.Equal("3607 token kube-root-ca.crt", await Path(
            "fresh", "web", "{.spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds} {.spec.volumes[0].projected.sources[0].serviceAccountToken.path} {.spec.volumes[0].projected.sources[1].configMap.name}"));
        Assert.Equal("/var/run/secrets/kubernetes.io/serviceaccount true", await Path("fresh", "web", "{.spec.containers[0].volumeMounts[0].mountPath} {.spec.containers[0].volumeMounts[0].readOnly}"));
        // The namespace's account is there from the first pod on, even before its controller has come round to it.
        (await _plane.Kubectl("get", "serviceaccount", "default", "-n", "fresh")).Succeeded();
    }

    [Fact]
    public async Task Account_and_pod_decide_whether_the_token_is_mounted()
    {
        (await _plane.KubectlWithInput("""{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"quiet"},"automountServiceAccountToken":false,"imagePullSecrets":[{"name":"pull"}]}""", "apply", "-f", "-")).Succeeded();
        await CreateAsync("quiet-1", """{"serviceAccountName":"quiet","containers":[{"name":"c","image":"x"}]}""");
        Assert.Equal(" pull", await Path("default", "quiet-1", "{.spec.volumes} {.spec.imagePullSecrets[0].name}"));
        await CreateAsync("quiet-2", """{"serviceAccountName":"quiet","automountServiceAccountToken":true,"containers":[{"name":"c","image":"x"}]}""");
        Assert.StartsWith("kube-api-access-", await Path("default", "quiet-2", "{.spec.volumes[0].name}"));
        await CreateAsync("loud-1", """{"automountServiceAccountToken":false,"imagePullSecrets":[{"name":"own"}],"containers":[{"name":"c","image":"x"}]}""");
        Assert.Equal(" own", await Path("default", "loud-1", "{.spec.volumes} {.spec.imagePullSecrets[0].name}"));
        await CreateAsync(
            "own-mount",
            """{"volumes":[{"name":"mine","emptyDir":{}}],"containers":[{"name":"c","image":"x","volumeMounts":[{"name":"mine","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}]}""");
        Assert.Equal("mine", await Path("default", "own-mount", "{.spec.volumes[*].name}"));
    }

    [Fact]
    public async Task A_pod_of_an_account_that_is_not_there_is_refused()
    {
        var refused = await TryCreateAsync("orphan", """{"serviceAccountName":"nobody","containers":[{"name":"c","image":"x"}]}""");
        Assert.Contains("pods \"orphan\" is forbidden: error looking up service account default/nobody: serviceaccount \"nobody\" not found", refused.Error);
    }

    [Fact]
    public async Task The_priority_class_gives_the_priority()
    {
        await CreateAsync("plain", """{"containers":[{"name":"c","image":"x"}]}""");
        Assert.Equal("0 PreemptLowerPriority", await Path("default", "plain", "{.spec.priority} {.spec.preemptionPolicy}"));
        (await _plane.Kubectl("create", "priorityclass", "high", "--value=1000", "--preemption-policy=Never")).Succeeded();
        await CreateAsync("high", """{"priorityClassName":"high","containers":[{"name":"c","image":"x"}]}""");
        Assert.Equal("1000 Never", await Path("default", "high", "{.spec.priority} {.spec.preemptionPolicy}"));
        await CreateAsync("critical", """{"priorityClassName":"system-node-critical","containers":[{"name":"c","image":"x"}]}""");
        Assert.Equal("2000001000", await Path("default", "critical", "{.spec.priority}"));
        Assert.Contains("no PriorityClass with name absent was found", (await TryCreateAsync("p1", """{"priorityClassName":"absent","containers":[{"name":"c","image":"x"}]}""")).Error);
        Assert.Contains(
            "the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name",
            (await TryCreateAsync("p2", """{"priorityClassName":"high","priority":7,"containers":[{"name":"c","image":"x"}]}""")).Error);
        (await _plane.Kubectl("create", "priorityclass", "usual", "--value=10", "--global-default")).Succeeded();
        Assert.Contains("PriorityClass usual is already marked as default. Only one default can exist", (await _plane.Kubectl("create", "priorityclass", "usual-2", "--value=11", "--global-default")).Error);
        await CreateAsync("usual", """{"containers":[{"name":"c","image":"x"}]}""");
        Assert.Equal("10 usual", await Path("default", "usual", "{.spec.priority} {.spec.priorityClassName}"));
        (await _plane.Kubectl("delete", "priorityclass", "usual")).Succeeded();
    }

    [Fact]
    public async Task A_namespace_keeps_its_pods_to_a_security_standard()
    {
        (await _plane.Kubectl("create", "namespace", "guarded")).Succeeded();
        (await _plane.Kubectl("run", "early", "--image=x", "-n", "guarded", "--privileged")).Succeeded();
        Assert.Contains("metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\"", (await _plane.Kubectl("label", "namespace", "guarded", "pod-security.kubernetes.io/enforce=strict")).Error);

        var labelled = await _plane.Kubectl("label", "namespace", "guarded", "pod-security.kubernetes.io/enforce=baseline", "pod-security.kubernetes.io/warn=restricted", "pod-security.kubernetes.io/warn-version=v1.30");
        labelled.Succeeded();
        Assert.Contains("Warning: existing pods in namespace \"guarded\" violate the new PodSecurity enforce level \"baseline:latest\"", labelled.Error);
        Assert.Contains("Warning: early: privileged", labelled.Error);

        await Eventually.True(async () => (await _plane.Kubectl("run", "bad", "--image=x", "-n", "guarded", "--privileged", "--dry-run=server")).Error.Contains(
            "pods \"bad\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"bad\" must not set securityContext.privileged=true)", StringComparison.Ordinal), "the new level is enforced");
        Assert.Contains("Warning: would violate PodSecurity \"restricted:v1.30\": allowPrivilegeEscalation != false", (await _plane.Kubectl("run", "fair", "--image=x", "-n", "guarded")).Error);
        Assert.Contains("Warning: would violate PodSecurity \"restricted:v1.30\"", (await _plane.Kubectl("create", "deployment", "web", "--image=x", "-n", "guarded")).Error);
        // What let the pod in stays as it is, so that it can be changed otherwise and go away.
        (await _plane.Kubectl("label", "pod", "early", "-n", "guarded", "a=b")).Succeeded();
        Assert.Contains("violates PodSecurity", (await _plane.Kubectl("debug", "fair", "-n", "guarded", "--image=x", "--profile=sysadmin", "--attach=false")).Error);
        (await _plane.Kubectl("delete", "namespace", "guarded", "--wait=false")).Succeeded();
    }

    private async Task CreateAsync(string name, string spec) => (await TryCreateAsync(name, spec)).Succeeded();

    private Task<ProcessResult> TryCreateAsync(string name, string spec) =>
        _plane.KubectlWithInput($$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"},"spec":{{spec}} }""", "create", "-f", "-");

    private async Task<string> Path(string ns, string pod, string path) => (await _plane.Kubectl("get", "pod", pod, "-n", ns, "-o", $"jsonpath={path}")).Succeeded();
}

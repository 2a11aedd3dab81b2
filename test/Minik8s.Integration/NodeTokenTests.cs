using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The tokens that a node may ask for: of its own pods, for whom they name.</summary>
public sealed class NodeTokenTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Pods = """
        apiVersion: storage.k8s.io/v1
        kind: CSIDriver
        metadata: {name: csi.example.com}
        spec: {tokenRequests: [{audience: storage}], volumeLifecycleModes: [Ephemeral]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: here}
        spec:
          serviceAccountName: worker
          nodeName: n1
          containers: [{name: c, image: x}]
          volumes:
          - {name: vault, projected: {sources: [{serviceAccountToken: {path: token, audience: vault}}]}}
          - {name: disk, csi: {driver: csi.example.com}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: there}
        spec: {serviceAccountName: worker, nodeName: n2, containers: [{name: c, image: x}]}
        """;

    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_node_gets_tokens_of_its_own_pods_for_the_audiences_that_they_name()
    {
        (await _plane.Kubectl("create", "namespace", "tokens")).Succeeded();
        (await _plane.Kubectl("create", "serviceaccount", "worker", "-n", "tokens")).Succeeded();
        (await _plane.KubectlWithInput(Pods, "apply", "-n", "tokens", "-f", "-")).Succeeded();
        var (here, there) = (await BindAsync("here"), await BindAsync("there"));
        // The server's own audience stands in the volume that every pod gets.
        await Eventually.True(async () => (await AskAsync(here)).ExitCode == 0, "the node is known to run the pod");
        (await AskAsync([.. here, "--audience=vault"])).Succeeded();
        (await AskAsync([.. here, "--audience=storage"])).Succeeded();

        Refuses("node requested token not bound to a pod", await AskAsync([]));
        Refuses("node requested token with a pod binding without a uid", await AskAsync(here[..2]));
        Refuses("the UID in the bound object reference (other) does not match the UID in record", await AskAsync([.. here[..2], "--bound-object-uid=other"]));
        Refuses("node requested token bound to a pod scheduled on a different node", await AskAsync(there));
        Refuses("node may only request 0 or 1 audiences", await AskAsync([.. here, "--audience=vault", "--audience=storage"]));
        Refuses("audience \"registry\" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience", await AskAsync([.. here, "--audience=registry"]));
        Assert.Contains("pods \"absent\" not found", (await AskAsync(["--bound-object-kind=Pod", "--bound-object-name=absent", "--bound-object-uid=x"])).Error);

        (await _plane.KubectlWithInput(
            """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"registry-tokens"},"rules":[{"apiGroups":[""],"resources":["registry"],"verbs":["request-serviceaccounts-token-audience"]}]}""",
            "create", "-f", "-")).Succeeded();
        (await _plane.Kubectl("create", "clusterrolebinding", "registry-tokens", "--clusterrole=registry-tokens", "--group=system:nodes")).Succeeded();
        await Eventually.True(async () => (await AskAsync([.. here, "--audience=registry"])).ExitCode == 0, "a right gives what the pod does not name");
    }

    private static void Refuses(string why, ProcessResult result) => Assert.Contains($"serviceaccounts \"worker\" is forbidden: {why}", result.Error);

    private async Task<string[]> BindAsync(string pod) =>
        ["--bound-object-kind=Pod", $"--bound-object-name={pod}", $"--bound-object-uid={(await _plane.Kubectl("get", "pod", pod, "-n", "tokens", "-o", "jsonpath={.metadata.uid}")).Succeeded()}"];

    private Task<ProcessResult> AskAsync(string[] options) =>
        _plane.Kubectl(["create", "token", "worker", "-n", "tokens", "--as=system:node:n1", "--as-group=system:nodes", .. options]);
}

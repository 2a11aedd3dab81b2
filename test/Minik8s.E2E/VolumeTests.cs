using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>What containers find in their volumes.</summary>
[Collection(ClusterCollection.Name)]
public sealed class VolumeTests(SharedCluster shared)
{
    private readonly TestCluster _cluster = shared.Cluster;

    [Fact]
    public async Task ConfigMaps_secrets_and_the_accounts_token_are_files()
    {
        (await _cluster.Kubectl("create", "configmap", "files", "--from-literal=greeting=hello")).Succeeded();
        (await _cluster.Kubectl("create", "secret", "generic", "keys", "--from-literal=key=secret")).Succeeded();
        await _cluster.Apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: mounted, labels: {app: mounted}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: main
                image: busybox:1.35
                command: [sleep, "100000"]
                volumeMounts:
                - {name: config, mountPath: /config}
                - {name: secret, mountPath: /secret}
                - {name: scratch, mountPath: /scratch}
                - {name: all, mountPath: /all}
              volumes:
              - {name: config, configMap: {name: files}}
              - {name: secret, secret: {secretName: keys, defaultMode: 0400}}
              - {name: scratch, emptyDir: {}}
              - name: all
                projected:
                  sources:
                  - configMap: {name: files, items: [{key: greeting, path: sub/greeting}]}
                  - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
            """);
        await _cluster.WaitReady("mounted");
        Assert.Equal("hello", await Run("cat /config/greeting"));
        Assert.Equal("secret 400", await Run("echo $(cat /secret/key) $(stat -L -c %a /secret/key)"));
        Assert.Equal("hello", await Run("cat /all/sub/greeting"));
        Assert.Equal("app=\"mounted\"", await Run("cat /all/labels"));
        Assert.Equal("default", await Run("cat /var/run/secrets/kubernetes.io/serviceaccount/namespace"));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", await Run("head -1 /var/run/secrets/kubernetes.io/serviceaccount/ca.crt"));
        Assert.Equal(3, (await Run("cat /var/run/secrets/kubernetes.io/serviceaccount/token")).Split('.').Length);
        await _cluster.Remove("mounted");
        (await _cluster.Kubectl("delete", "configmap/files", "secret/keys")).Succeeded();
    }

    private async Task<string> Run(string script) => (await _cluster.Kubectl("exec", "mounted", "--", "sh", "-c", script)).Succeeded().Trim();
}

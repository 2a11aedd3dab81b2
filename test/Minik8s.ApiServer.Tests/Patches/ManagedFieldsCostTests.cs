using System.Diagnostics;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Decoding;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Tests.Patches;

/// <summary>Keeping managed fields costs no more than a small factor of what a write costs anyhow.</summary>
public sealed class ManagedFieldsCostTests(ITestOutputHelper output)
{
    [Fact]
    public void A_write_allocates_little_more_for_its_managed_fields()
    {
        var resource = CaseFile.Resource(new() { ["kind"] = "v1/Pod" });
        var fields = new FieldManager(resource, TimeProvider.System);
        var created = Pod(resource);
        fields.Update(null, created, "kubectl-create", "");
        var bytes = ObjectBytes.Of(created);
        var plain = Measure(() => ObjectBytes.Of(ObjectDecoder.Decode(bytes, resource.Schema).Object));
        var create = Measure(() =>
        {
            var pod = ObjectDecoder.Decode(bytes, resource.Schema).Object;
            pod.Map("metadata")!.Remove("managedFields");
            fields.Update(null, pod, "kubectl-create", "");
            return ObjectBytes.Of(pod);
        });
        var update = Measure(() =>
        {
            var old = ObjectBytes.Parse(bytes);
            var pod = ObjectDecoder.Decode(bytes, resource.Schema).Object;
            pod.Ensure("status")["phase"] = "Running";
            fields.Update(old, pod, "kubelet", "status");
            return ObjectBytes.Of(pod);
        });
        var same = Measure(() =>
        {
            var old = ObjectBytes.Parse(bytes);
            var pod = ObjectDecoder.Decode(bytes, resource.Schema).Object;
            fields.Update(old, pod, "kubelet", "status");
            return ObjectBytes.Of(pod);
        });
        output.WriteLine($"decode and encode {plain}, create {create}, update {update}, update of nothing {same}, object {bytes.Length} bytes");
        Assert.True(create.Bytes < 3 * plain.Bytes, $"create allocates {create.Bytes}, decoding and encoding {plain.Bytes}");
        Assert.True(update.Bytes < 4 * plain.Bytes, $"update allocates {update.Bytes}, decoding and encoding {plain.Bytes}");
        Assert.True(same.Bytes < 3 * plain.Bytes, $"an update of nothing allocates {same.Bytes}, decoding and encoding {plain.Bytes}");
    }

    private static (long Bytes, double Microseconds) Measure(Func<byte[]> work)
    {
        for (var i = 0; i < 200; i++) work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 200; i++) work();
        return ((GC.GetAllocatedBytesForCurrentThread() - before) / 200, watch.Elapsed.TotalMicroseconds / 200);
    }

    private static JsonObject Pod(Minik8s.Api.Resources.ResourceDefinition resource) => CaseFile.Object(JsonNode.Parse("""
        {"metadata":{"name":"web-5d78c9869d-abcde","generateName":"web-5d78c9869d-","namespace":"default","uid":"x","labels":{"app":"web","pod-template-hash":"5d78c9869d"},
          "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5d78c9869d","uid":"y","controller":true,"blockOwnerDeletion":true}]},
         "spec":{"containers":[{"name":"web","image":"nginx:1.25","imagePullPolicy":"IfNotPresent","ports":[{"containerPort":80,"protocol":"TCP"}],
            "env":[{"name":"A","value":"1"},{"name":"B","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}}],
            "resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"100m","memory":"128Mi"}},
            "volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"config","mountPath":"/config","readOnly":true}],
            "livenessProbe":{"httpGet":{"path":"/","port":80,"scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3},
            "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],
          "volumes":[{"name":"data","emptyDir":{}},{"name":"config","configMap":{"name":"c","defaultMode":420}}],
          "restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"default","securityContext":{},"schedulerName":"default-scheduler","enableServiceLinks":true,
          "tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]},
         "status":{"phase":"Pending","qosClass":"Burstable"}}
        """), resource);
}

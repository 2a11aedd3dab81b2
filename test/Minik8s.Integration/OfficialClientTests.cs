extern alias official;

using System.Collections.Concurrent;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;
using official::k8s;
using official::k8s.Autorest;
using official::k8s.LeaderElection;
using official::k8s.LeaderElection.ResourceLock;
using official::k8s.Models;

namespace Minik8s.Integration;

/// <summary>The official .NET client takes the server for Kubernetes: its typed and generic calls, its watches, its leader election.</summary>
public sealed class OfficialClientTests : IClassFixture<SharedControlPlane>, IDisposable
{
    private readonly TestControlPlane _plane;
    private readonly Kubernetes _client;
    private readonly string _namespace = $"official-{Guid.NewGuid():N}"[..16];

    public OfficialClientTests(SharedControlPlane shared)
    {
        _plane = shared.Plane;
        _client = Connect();
        _client.CoreV1.CreateNamespace(new V1Namespace { Metadata = new() { Name = _namespace } });
    }

    public void Dispose()
    {
        _client.CoreV1.DeleteNamespace(_namespace);
        _client.Dispose();
    }

    [Fact]
    public async Task Typed_calls_create_read_patch_replace_list_and_delete()
    {
        var made = await _client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { GenerateName = "typed-", Labels = new Dictionary<string, string> { ["set"] = "net" } }, Data = new Dictionary<string, string> { ["a"] = "1" } }, _namespace);
        Assert.StartsWith("typed-", made.Metadata.Name);
        Assert.NotNull(made.Metadata.CreationTimestamp);

        var merged = await _client.CoreV1.PatchNamespacedConfigMapAsync(new(new { data = new { b = "2" } }, V1Patch.PatchType.MergePatch), made.Metadata.Name, _namespace);
        Assert.Equal(["1", "2"], merged.Data.OrderBy(d => d.Key).Select(d => d.Value));
        var applied = await _client.CoreV1.PatchNamespacedConfigMapAsync(
            new($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{made.Metadata.Name}}}"},"data":{"c":"3"}}""", V1Patch.PatchType.ApplyPatch), made.Metadata.Name, _namespace, fieldManager: "net", force: true);
        Assert.Contains(applied.Metadata.ManagedFields, f => f is { Manager: "net", Operation: "Apply" });

        var stale = await Assert.ThrowsAsync<HttpOperationException>(() => _client.CoreV1.ReplaceNamespacedConfigMapAsync(made, made.Metadata.Name, _namespace));
        Assert.Equal(409, (int)stale.Response.StatusCode);
        Assert.Equal("Conflict", KubernetesJson.Deserialize<V1Status>(stale.Response.Content).Reason);

        Assert.Single((await _client.CoreV1.ListNamespacedConfigMapAsync(_namespace, labelSelector: "set=net", limit: 10)).Items);
        Assert.Equal("Success", (await _client.CoreV1.DeleteNamespacedConfigMapAsync(made.Metadata.Name, _namespace)).Status);
        var gone = await Assert.ThrowsAsync<HttpOperationException>(() => _client.CoreV1.ReadNamespacedConfigMapAsync(made.Metadata.Name, _namespace));
        Assert.Equal(404, (int)gone.Response.StatusCode);
    }

    [Fact]
    public async Task Generic_calls_work_on_manifests()
    {
        var pods = new GenericClient(_client, "", "v1", "pods");
        var manifest = KubernetesYaml.Deserialize<V1Pod>("apiVersion: v1\nkind: Pod\nmetadata: {name: generic}\nspec: {containers: [{name: c, image: x, resources: {limits: {cpu: 100m}}}]}\n");
        var made = await pods.CreateNamespacedAsync(manifest, _namespace);
        Assert.Equal("100m", made.Spec.Containers[0].Resources.Requests["cpu"].ToString());
        Assert.Equal("Pending", (await pods.ReadNamespacedAsync<V1Pod>(_namespace, "generic")).Status.Phase);
        var patched = await pods.PatchNamespacedAsync<V1Pod>(new("""{"metadata":{"labels":{"a":"b"}}}""", V1Patch.PatchType.StrategicMergePatch), _namespace, "generic");
        Assert.Equal("b", patched.Metadata.Labels["a"]);
        Assert.Single((await pods.ListNamespacedAsync<V1PodList>(_namespace)).Items);
        await pods.DeleteNamespacedAsync<V1Pod>(_namespace, "generic");

        // Kinds that the client does not know go through its custom objects.
        var widgets = await _client.CustomObjects.ListClusterCustomObjectAsync("apiextensions.k8s.io", "v1", "customresourcedefinitions");
        Assert.NotNull(widgets);
    }

    [Fact]
    public async Task A_watch_tells_every_change_and_is_resumed()
    {
        var seen = new ConcurrentQueue<string>();
        var first = await _client.CoreV1.ListNamespacedConfigMapAsync(_namespace);
        await _client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "watched" } }, _namespace);
        using (var stop = new CancellationTokenSource())
        {
            var watching = Task.Run(async () =>
            {
                await foreach (var (type, item) in _client.CoreV1.WatchListNamespacedConfigMapAsync(_namespace, resourceVersion: first.Metadata.ResourceVersion, cancellationToken: stop.Token))
                {
                    seen.Enqueue($"{type} {item.Metadata.Name} {item.Data?.Count ?? 0}");
                }
            });
            await Eventually.True(() => Task.FromResult(seen.Count == 1), "the creation is seen");
            await _client.CoreV1.PatchNamespacedConfigMapAsync(new("""{"data":{"a":"b"}}""", V1Patch.PatchType.MergePatch), "watched", _namespace);
            await Eventually.True(() => Task.FromResult(seen.Count == 2), "the change is seen");
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        }

        await _client.CoreV1.DeleteNamespacedConfigMapAsync("watched", _namespace);
        Assert.Equal(["Added watched 0", "Modified watched 1"], seen);
        // From where it began, all of it is told again, with what came meanwhile.
        var again = new List<string>();
        await foreach (var (type, item) in _client.CoreV1.WatchListNamespacedConfigMapAsync(_namespace, resourceVersion: first.Metadata.ResourceVersion, timeoutSeconds: 60, fieldSelector: "metadata.name=watched"))
        {
            again.Add($"{type} {item.Data?.Count ?? 0}");
            if (type == WatchEventType.Deleted) break;
        }

        Assert.Equal(["Added 0", "Modified 1", "Deleted 1"], again);
    }

    [Fact]
    public async Task Of_two_candidates_one_leads_and_the_other_takes_over()
    {
        using var second = Connect();
        var leaders = new ConcurrentQueue<string>();
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var first = LeadAsync(_client, "first", leaders, stopFirst.Token);
        await Eventually.True(() => Task.FromResult(leaders.Contains("first")), "the first candidate leads");
        var other = LeadAsync(second, "second", leaders, stopSecond.Token);
        var lease = await _client.CoordinationV1.ReadNamespacedLeaseAsync("elected", _namespace);
        Assert.Equal("first", lease.Spec.HolderIdentity);

        // Gone without giving the lease up: the other has to wait for it to run out.
        await stopFirst.CancelAsync();
        await first;
        await Eventually.True(() => Task.FromResult(leaders.Contains("second")), "the second candidate takes over");
        Assert.Equal("second", (await _client.CoordinationV1.ReadNamespacedLeaseAsync("elected", _namespace)).Spec.HolderIdentity);
        Assert.Equal(["first", "second"], leaders);
        await stopSecond.CancelAsync();
        await other;
    }

    private async Task LeadAsync(Kubernetes client, string name, ConcurrentQueue<string> leaders, CancellationToken cancellationToken)
    {
        var elector = new LeaderElector(new(new LeaseLock(client, _namespace, "elected", name))
        {
            LeaseDuration = TimeSpan.FromSeconds(2), RenewDeadline = TimeSpan.FromSeconds(1.5), RetryPeriod = TimeSpan.FromMilliseconds(200),
        });
        elector.OnStartedLeading += () => leaders.Enqueue(name);
        try
        {
            await elector.RunUntilLeadershipLostAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private Kubernetes Connect() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(_plane.Kubeconfig));
}

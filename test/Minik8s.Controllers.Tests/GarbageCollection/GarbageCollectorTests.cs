using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Api.Resources;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.GarbageCollection;
using Minik8s.Controllers.Support;
using Minik8s.Testing;
using Minik8s.Testing.Api;
using Minik8s.Testing.Reconciling;
using Minik8s.Testing.Time;

namespace Minik8s.Controllers.Tests.GarbageCollection;

/// <summary>The whole collector against an API in memory, by watch.</summary>
public sealed class GarbageCollectorTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FakeApi _api;
    private readonly RecordingEvents _events = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public GarbageCollectorTests() => _api = new FakeApi(_clock);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _api.Dispose();
    }

    [Fact]
    public async Task Whatever_has_lost_its_owner_before_the_start_is_deleted_and_the_rest_is_not()
    {
        var owner = Map("owner");
        Map("kept", owner);
        Map("free");
        Map("lost", Absent("gone"));
        Start();
        await GoneAsync("lost");
        Assert.Equal(["delete configmaps default/lost"], Deletions());
        Assert.Equal(["free", "kept", "owner"], Names());
    }

    [Fact]
    public async Task Deleting_an_owner_takes_its_dependents_with_it_down_to_the_last()
    {
        var owner = Map("owner");
        Map("grandchild", Map("child", owner));
        Start();
        await SyncedAsync();
        await _api.Client.Resource<V1ConfigMap>().DeleteAsync("owner", "default");
        await GoneAsync("child");
        await GoneAsync("grandchild");
        var delete = _api.Writes.First(w => w.ToString() == "delete configmaps default/child").Body!;
        Assert.Equal("Background", (string)delete["propagationPolicy"]!);
    }

    [Fact]
    public async Task In_the_foreground_the_owner_goes_last()
    {
        var owner = Map("owner");
        var child = Map("child", owner, block: true);
        Map("grandchild", child, block: true);
        Start();
        await SyncedAsync();
        await _api.Client.Resource<V1ConfigMap>().DeleteAsync("owner", "default", new DeleteOptions { PropagationPolicy = "Foreground" });
        await GoneAsync("owner");
        Assert.Empty(Names());
        Assert.Equal(
            ["delete configmaps default/child", "delete configmaps default/grandchild", "patch configmaps default/child", "patch configmaps default/owner"],
            _api.Writes.Skip(1).Select(w => w.ToString()).Distinct());
    }

    [Fact]
    public async Task A_dependent_that_does_not_block_does_not_hold_its_owner_up()
    {
        var owner = Map("owner");
        var child = Map("child", owner);
        child.Metadata.Finalizers = ["example.com/hold"];
        _api.Put(child);
        Start();
        await SyncedAsync();
        await _api.Client.Resource<V1ConfigMap>().DeleteAsync("owner", "default", new DeleteOptions { PropagationPolicy = "Foreground" });
        await GoneAsync("owner");
        await Eventually.True(() => Task.FromResult(_api.Find<V1ConfigMap>("child")!.Metadata.DeletionTimestamp is not null), "the child is being deleted");
    }

    [Fact]
    public async Task Orphaned_dependents_stay_and_forget_their_owner()
    {
        var owner = Map("owner");
        Map("a", owner);
        Map("b", owner, Absent("gone too"));
        Start();
        await SyncedAsync();
        await _api.Client.Resource<V1ConfigMap>().DeleteAsync("owner", "default", new DeleteOptions { PropagationPolicy = "Orphan" });
        await GoneAsync("owner");
        Assert.Empty(_api.Find<V1ConfigMap>("a")!.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task One_owner_of_two_is_enough_and_the_reference_to_the_other_goes()
    {
        Map("shared", Map("stays"), Absent("gone"));
        Start();
        await Eventually.True(() => Task.FromResult(_api.Find<V1ConfigMap>("shared")!.Metadata.OwnerReferences.Count == 1), "one owner left");
        Assert.Equal("stays", _api.Find<V1ConfigMap>("shared")!.Metadata.OwnerReferences[0].Name);
        Assert.Empty(Deletions());
    }

    [Fact]
    public async Task An_owner_made_anew_under_the_same_name_is_another_one()
    {
        Map("child", Map("owner"));
        Start();
        await SyncedAsync();
        _api.Remove<V1ConfigMap>("owner");
        Map("owner");
        await GoneAsync("child");
        Assert.Equal(["owner"], Names());
    }

    [Fact]
    public async Task An_owner_in_another_namespace_does_not_count_and_that_is_told()
    {
        var owner = _api.Put(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "owner", NamespaceProperty = "other" } });
        Map("child", owner);
        Start();
        await GoneAsync("child");
        Assert.Equal(
            [$"Warning OwnerRefInvalidNamespace child: ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: {owner.Metadata.Uid}] does not exist in namespace \"default\""], _events.All);
    }

    [Fact]
    public async Task An_object_of_the_cluster_with_an_owner_in_a_namespace_is_left_alone()
    {
        var node = _api.Put(new V1Node { Metadata = new V1ObjectMeta { Name = "n1", OwnerReferences = [Absent("gone")] } });
        Start();
        await Eventually.True(() => Task.FromResult(_api.Requests.Any(r => r.ToString() == "get nodes n1")), "the node is looked at");
        Map("later", Absent("gone too"));
        await GoneAsync("later");
        Assert.NotNull(_api.Find<V1Node>(node.Metadata.Name, ""));
    }

    [Fact]
    public async Task Owners_in_a_circle_are_deleted_in_the_foreground_nevertheless()
    {
        var a = Map("a");
        var b = Map("b", a, block: true);
        a.Metadata.OwnerReferences = [Reference(b, true)];
        _api.Put(a);
        Start();
        await SyncedAsync();
        await _api.Client.Resource<V1ConfigMap>().DeleteAsync("a", "default", new DeleteOptions { PropagationPolicy = "Foreground" });
        await GoneAsync("a");
        await GoneAsync("b");
    }

    [Fact]
    public async Task One_that_is_adopted_at_the_last_moment_is_not_deleted()
    {
        var owner = Map("owner");
        var child = Map("child", owner);
        var saviour = Map("saviour");
        Start();
        await SyncedAsync();
        _api.Before("delete configmaps default/child", () =>
        {
            child.Metadata.OwnerReferences = [Reference(saviour)];
            _api.Put(child);
        });
        _api.Remove<V1ConfigMap>("owner");
        await Eventually.True(() => Task.FromResult(Deletions().Count == 1), "a try to delete it");
        Map("later", Absent("x"));
        await GoneAsync("later");
        Assert.Contains("child", Names());
    }

    [Fact]
    public async Task A_failing_server_is_tried_again()
    {
        _api.Refuse("delete configmaps default/lost", 500, "InternalError", times: 2);
        Map("lost", Absent("gone"));
        Start();
        await _clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), () => _api.Find<V1ConfigMap>("lost") is null, "it is gone");
        Assert.Equal(3, Deletions().Count);
    }

    [Fact]
    public async Task Resources_that_are_served_later_are_followed_too_and_their_objects_count_as_owners()
    {
        var secrets = _api.Served.Single(d => d.Kind.Kind == "Secret");
        _api.Served.Remove(secrets);
        var secret = _api.Put(new V1Secret { Metadata = new V1ObjectMeta { Name = "owner", NamespaceProperty = "default" } });
        Map("child", new V1OwnerReference { ApiVersion = "v1", Kind = "Secret", Name = "owner", Uid = secret.Metadata.Uid });
        Start();
        await SyncedAsync();
        Serve(secrets);
        await _clock.AdvanceUntilAsync(TimeSpan.FromSeconds(5), () => _api.Requests.Any(r => r.ToString() == "watch secrets"), "secrets are watched");
        Assert.Contains("child", Names());
        _api.Remove<V1Secret>("owner");
        await _clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => !Names().Contains("child"), "the child goes with its owner");
    }

    private void Start()
    {
        var context = new ControllerContext(
            new ControllerManagerOptions(), _api.Client, new InformerFactory(_api.Client, NullLoggerFactory.Instance, _clock), _events, NullLoggerFactory.Instance, _clock);
        _running = new GarbageCollector(context).RunAsync(_stop.Token);
    }

    private void Serve(ResourceDefinition definition) => _api.Served.Add(definition);

    private Task SyncedAsync() => Eventually.True(() => Task.FromResult(_api.Requests.Any(r => r.ToString() == "watch configmaps")), "configmaps are watched");

    private Task GoneAsync(string name) => Eventually.True(() => Task.FromResult(_api.Find<V1ConfigMap>(name) is null), $"{name} is gone");

    private IEnumerable<string> Names() => _api.All<V1ConfigMap>().Where(m => m.Metadata.NamespaceProperty == "default").Select(m => m.Metadata.Name);

    private IReadOnlyList<string> Deletions() => [.. _api.Writes.Where(w => w.Verb == "delete").Select(w => w.ToString())];

    private V1ConfigMap Map(string name, V1ConfigMap owner, bool? block = null) => Map(name, Reference(owner, block));

    private V1ConfigMap Map(string name, V1ConfigMap owner, V1OwnerReference second) => Map(name, Reference(owner), second);

    private V1ConfigMap Map(string name, params V1OwnerReference[] owners) =>
        _api.Put(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", OwnerReferences = owners.Length == 0 ? null : owners } });

    private static V1OwnerReference Absent(string name) => new() { ApiVersion = "v1", Kind = "ConfigMap", Name = name, Uid = $"uid of {name}" };

    private static V1OwnerReference Reference(IKubernetesObject<V1ObjectMeta> owner, bool? block = null) =>
        new() { ApiVersion = "v1", Kind = "ConfigMap", Name = owner.Metadata.Name, Uid = owner.Metadata.Uid, BlockOwnerDeletion = block };
}

using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Endpoints;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.Endpoints;

public sealed class EndpointsTests : IDisposable
{
    private readonly ReconcileTable _table = new();
    private readonly EndpointsReconciler _reconciler;

    public EndpointsTests() => _reconciler = new EndpointsReconciler(
        _table.Cache<V1Service>(), _table.Cache<V1Pod>(), _table.Cache<V1Endpoints>(), _table.Api.Client.Resource<V1Endpoints>(), _table.Events);

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task Ready_and_other_pods_are_listed_apart_in_order_and_those_on_their_way_out_not_at_all()
    {
        _table.Given(Objects.Service("web"));
        _table.Given(Objects.Pod("b", ip: "10.42.0.2"));
        _table.Given(Objects.Pod("a", ip: "10.42.0.1"));
        _table.Given(Objects.Pod("slow", ip: "10.42.0.3", ready: false));
        _table.Given(Objects.Pod("done", ip: "10.42.0.4", phase: "Succeeded"));
        var leaving = Objects.Pod("leaving", ip: "10.42.0.5");
        leaving.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Given(leaving);
        await ReconcileAsync();
        var subset = Assert.Single(Present()!.Subsets);
        Assert.Equal(["10.42.0.1", "10.42.0.2"], subset.Addresses.Select(a => a.Ip));
        Assert.Equal(["10.42.0.3"], subset.NotReadyAddresses.Select(a => a.Ip));
        Assert.Equal((8080, "TCP", null), (subset.Ports[0].Port, subset.Ports[0].Protocol, subset.Ports[0].Name));
        Assert.Equal(("a", "node-1"), (subset.Addresses[0].TargetRef.Name, subset.Addresses[0].NodeName));

        _table.Sync();
        _table.Clear();
        await ReconcileAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task Changes_are_written_and_what_others_added_is_kept()
    {
        _table.Given(Objects.Service("web"));
        _table.Given(new V1Endpoints { Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "default", Annotations = new Dictionary<string, string> { ["note"] = "kept" } } });
        _table.Given(Objects.Pod("a", ip: "10.42.0.1"));
        await ReconcileAsync();
        Assert.Equal(["update endpoints default/web"], _table.Writes);
        Assert.Equal("kept", Present()!.Metadata.Annotations["note"]);
        Assert.Equal("10.42.0.1", Present()!.Subsets[0].Addresses[0].Ip);
    }

    [Fact]
    public async Task More_than_a_thousand_addresses_are_cut_off_and_marked()
    {
        _table.Given(Objects.Service("web"));
        for (var i = 0; i < 1001; i++) _table.Cache<V1Pod>().Set(Listed(i));
        await ReconcileAsync();
        Assert.Equal(1000, Present()!.Subsets.Sum(s => s.Addresses.Count));
        Assert.Equal("truncated", Present()!.Metadata.Annotations["endpoints.kubernetes.io/over-capacity"]);

        static V1Pod Listed(int i)
        {
            var pod = Objects.Pod($"p{i}", ip: $"10.42.{i / 250}.{i % 250 + 1}");
            pod.Metadata.Uid = $"u{i}";
            return pod;
        }
    }

    [Fact]
    public async Task Endpoints_go_with_their_service_but_only_those_that_were_made_for_it()
    {
        _table.Given(Objects.Service("web"));
        await ReconcileAsync();
        _table.Given(new V1Endpoints { Metadata = new V1ObjectMeta { Name = "external", NamespaceProperty = "default" } });
        _table.Api.Remove<V1Service>("web");
        _table.Sync();
        await ReconcileAsync();
        await _reconciler.ReconcileAsync(new ObjectKey("default", "external"), default);
        Assert.Equal(["external"], _table.Api.All<V1Endpoints>().Select(e => e.Metadata.Name));
    }

    [Fact]
    public async Task A_refused_write_is_told_on_the_service()
    {
        _table.Given(Objects.Service("web"));
        _table.Api.Refuse("create endpoints", 500, "InternalError", "no space");
        await Assert.ThrowsAsync<ApiException>(ReconcileAsync);
        Assert.Equal(["Warning FailedToCreateEndpoint web: Failed to create endpoint default/web: no space"], _table.Events.All);
    }

    private Task ReconcileAsync() => _reconciler.ReconcileAsync(new ObjectKey("default", "web"), default);

    private V1Endpoints? Present() => _table.Api.Find<V1Endpoints>("web");
}

using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Endpoints;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.Endpoints;

public sealed class EndpointSliceTests : IDisposable
{
    private static readonly ObjectKey Key = new("default", "web");

    private readonly ReconcileTable _table = new();
    private readonly EndpointSliceReconciler _reconciler;

    public EndpointSliceTests()
    {
        var slices = _table.Cache<V1EndpointSlice>();
        slices.AddIndex(EndpointSliceController.ServiceIndex, EndpointSliceController.ByService);
        _reconciler = new EndpointSliceReconciler(
            _table.Cache<V1Service>(), _table.Cache<V1Pod>(), _table.Cache<V1Node>(), slices, _table.Api.Client.Resource<V1EndpointSlice>(), _table.Events, _table.Clock);
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task A_service_gets_a_slice_with_its_pods_its_labels_and_itself_as_owner()
    {
        var service = Objects.Service("web");
        service.Metadata.Labels = new Dictionary<string, string> { ["team"] = "a" };
        service = _table.Given(service);
        _table.Given(new V1Node { Metadata = new V1ObjectMeta { Name = "node-1", Labels = new Dictionary<string, string> { ["topology.kubernetes.io/zone"] = "z1" } } });
        var pod = _table.Given(Objects.Pod("p1", ip: "10.42.0.7"));
        await ReconcileAsync();

        var slice = Assert.Single(Slices());
        Assert.StartsWith("web-", slice.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(("web", "endpointslice-controller.k8s.io", "a"), (slice.Metadata.Labels["kubernetes.io/service-name"], slice.Metadata.Labels["endpointslice.kubernetes.io/managed-by"], slice.Metadata.Labels["team"]));
        var owner = Assert.Single(slice.Metadata.OwnerReferences);
        Assert.Equal(("Service", "web", service.Metadata.Uid, true, true), (owner.Kind, owner.Name, owner.Uid, owner.Controller, owner.BlockOwnerDeletion));
        Assert.Equal("IPv4", slice.AddressType);
        Assert.Equal(("", 8080, "TCP"), (slice.Ports[0].Name, slice.Ports[0].Port ?? 0, slice.Ports[0].Protocol));
        var endpoint = Assert.Single(slice.Endpoints);
        Assert.Equal(["10.42.0.7"], endpoint.Addresses);
        Assert.Equal(("node-1", "z1", "Pod", "p1", pod.Metadata.Uid), (endpoint.NodeName, endpoint.Zone, endpoint.TargetRef.Kind, endpoint.TargetRef.Name, endpoint.TargetRef.Uid));
    }

    [Theory]
    [InlineData(true, false, false, true, true, false)]
    [InlineData(false, false, false, false, false, false)]
    [InlineData(true, true, false, false, true, true)]
    [InlineData(false, true, false, false, false, true)]
    [InlineData(false, false, true, true, false, false)]
    [InlineData(true, true, true, true, true, true)]
    public async Task Conditions_follow_the_pod(bool podReady, bool podTerminating, bool publishNotReady, bool ready, bool serving, bool terminating)
    {
        var service = Objects.Service("web");
        service.Spec.PublishNotReadyAddresses = publishNotReady;
        _table.Given(service);
        var pod = Objects.Pod("p1", ip: "10.42.0.7", ready: podReady);
        if (podTerminating) pod.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Given(pod);
        await ReconcileAsync();
        var conditions = Assert.Single(Assert.Single(Slices()).Endpoints).Conditions;
        Assert.Equal((ready, serving, terminating), (conditions.Ready ?? false, conditions.Serving ?? false, conditions.Terminating ?? false));
    }

    [Fact]
    public async Task Pods_that_are_over_unscheduled_without_address_or_of_another_label_are_no_endpoints()
    {
        _table.Given(Objects.Service("web"));
        _table.Given(Objects.Pod("done", ip: "10.42.0.1", phase: "Succeeded"));
        _table.Given(Objects.Pod("failed", ip: "10.42.0.2", phase: "Failed"));
        _table.Given(Objects.Pod("waiting", node: null));
        _table.Given(Objects.Pod("starting"));
        _table.Given(Objects.Pod("other", ip: "10.42.0.3", label: ("app", "db")));
        _table.Given(Objects.Pod("elsewhere", ip: "10.42.0.4", ns: "other"));
        await ReconcileAsync();
        // One empty slice tells a service without endpoints from one that is not worked out yet.
        var slice = Assert.Single(Slices());
        Assert.Empty(slice.Endpoints ?? []);
        Assert.Empty(slice.Ports ?? []);
    }

    [Fact]
    public async Task A_second_pass_over_the_same_state_writes_nothing()
    {
        _table.Given(Objects.Service("web"));
        _table.Given(Objects.Pod("p1", ip: "10.42.0.7"));
        await ReconcileAsync();
        _table.Sync();
        _table.Clear();
        await ReconcileAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_stale_cache_makes_no_second_slice()
    {
        _table.Given(Objects.Service("web"));
        _table.Given(Objects.Pod("p1", ip: "10.42.0.7"));
        await ReconcileAsync();
        Assert.NotNull((await ReconcileAsync()).RequeueAfter);
        Assert.Single(Slices());
        _table.Sync();
        Assert.Null((await ReconcileAsync()).RequeueAfter);
        Assert.Single(Slices());
    }

    [Fact]
    public async Task An_event_that_never_comes_is_waited_for_only_so_long()
    {
        _table.Given(Objects.Service("web"));
        await ReconcileAsync();
        _table.Api.Remove<V1EndpointSlice>(Slices()[0].Metadata.Name);
        await ReconcileAsync();
        Assert.Empty(Slices());
        _table.Clock.Advance(TimeSpan.FromSeconds(10));
        await ReconcileAsync();
        Assert.Single(Slices());
    }

    [Fact]
    public async Task Slices_hold_a_hundred_endpoints_and_a_change_touches_only_the_slices_it_is_about()
    {
        _table.Given(Objects.Service("web"));
        for (var i = 0; i < 250; i++) _table.Given(Objects.Pod($"p{i:000}", ip: $"10.42.{i / 200}.{i % 200 + 1}"));
        await ReconcileAsync();
        Assert.Equal([50, 100, 100], Slices().Select(s => s.Endpoints.Count).Order());
        Assert.Equal(250, Slices().SelectMany(s => s.Endpoints).SelectMany(e => e.Addresses).Distinct().Count());

        _table.Sync();
        _table.Clear();
        _table.Given(Objects.Pod("p000", ip: "10.42.0.1", ready: false) with { });
        _table.Api.Remove<V1Pod>("p001");
        _table.Sync();
        await ReconcileAsync();
        Assert.InRange(_table.Writes.Count, 1, 2);
        Assert.All(_table.Writes, w => Assert.StartsWith("update endpointslices", w, StringComparison.Ordinal));
        Assert.Equal(249, Slices().Sum(s => s.Endpoints.Count));
    }

    [Fact]
    public async Task Pods_with_other_numbers_for_a_named_port_have_slices_of_their_own()
    {
        _table.Given(Objects.Service("web", new V1ServicePort { Name = "http", Port = 80, TargetPort = "http", Protocol = "TCP" }));
        foreach (var (name, port) in new[] { ("a", 8080), ("b", 9090), ("c", 8080) })
        {
            var pod = Objects.Pod(name, ip: $"10.42.0.{name[0] - 'a' + 1}");
            pod.Spec.Containers[0].Ports = [new V1ContainerPort { Name = "http", ContainerPort = port }];
            _table.Given(pod);
        }

        await ReconcileAsync();
        Assert.Equal([(8080, 2), (9090, 1)], Slices().Select(s => (s.Ports[0].Port ?? 0, s.Endpoints.Count)).Order());
    }

    [Fact]
    public async Task Slices_go_with_their_service()
    {
        _table.Given(Objects.Service("web"));
        await ReconcileAsync();
        _table.Api.Remove<V1Service>("web");
        _table.Sync();
        await ReconcileAsync();
        Assert.Empty(Slices());
    }

    [Fact]
    public async Task Slices_that_others_make_and_services_without_a_selector_are_left_alone()
    {
        var service = Objects.Service("web");
        service.Spec.Selector = null;
        _table.Given(service);
        _table.Given(new V1EndpointSlice
        {
            Metadata = new V1ObjectMeta { Name = "by-hand", NamespaceProperty = "default", Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "web" } },
            AddressType = "IPv4",
            Endpoints = [],
        });
        await ReconcileAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_headless_service_says_so_on_its_slices()
    {
        var service = Objects.Service("web");
        service.Spec.ClusterIP = "None";
        _table.Given(service);
        await ReconcileAsync();
        Assert.Equal("", Slices()[0].Metadata.Labels["service.kubernetes.io/headless"]);
    }

    [Fact]
    public async Task A_refused_write_is_told_on_the_service_and_tried_again()
    {
        _table.Given(Objects.Service("web"));
        _table.Api.Refuse("create endpointslices", 500, "InternalError", "no space");
        await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync());
        Assert.Equal(["Warning FailedToUpdateEndpointSlices web: Error updating Endpoint Slices for Service default/web: no space"], _table.Events.All);
        await ReconcileAsync();
        Assert.Single(Slices());
    }

    [Fact]
    public async Task A_namespace_on_its_way_out_takes_nothing_and_that_is_no_failure()
    {
        _table.Given(Objects.Service("web"));
        _table.Api.Refuse("create endpointslices", 403, "Forbidden", "namespace is being terminated");
        await ReconcileAsync();
        Assert.Empty(_table.Events.All);
    }

    private Task<ReconcileResult> ReconcileAsync() => _reconciler.ReconcileAsync(Key, default);

    private IReadOnlyList<V1EndpointSlice> Slices() => _table.Api.All<V1EndpointSlice>();
}

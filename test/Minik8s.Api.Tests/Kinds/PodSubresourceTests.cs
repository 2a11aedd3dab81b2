using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;

namespace Minik8s.Api.Tests.Kinds;

/// <summary>What <c>pods/resize</c> and <c>pods/ephemeralcontainers</c> change, and the warnings about pods.</summary>
public sealed class PodSubresourceTests
{
    private const string Pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {a: b}}
        spec:
          containers: [{name: web, image: nginx, resources: {requests: {cpu: 100m, memory: 10Mi}}}]
          ephemeralContainers: [{name: debug, image: busybox}]
        """;

    [Fact]
    public void A_resize_changes_resources_and_drops_all_else()
    {
        var (obj, errors) = Change("resize", new() { ["/spec/containers/0/resources/requests/cpu"] = "200m", ["/spec/containers/0/image"] = "other", ["/metadata/labels/a"] = "c" });
        Assert.Empty(errors);
        Assert.Equal("200m nginx b", $"{Container(obj).Map("resources").Map("requests").Text("cpu")} {Container(obj).Text("image")} {obj.Map("metadata").Map("labels").Text("a")}");
    }

    [Fact]
    public void A_resize_keeps_the_class_of_service_and_other_resources()
    {
        var (_, errors) = Change("resize", new() { ["/spec/containers/0/resources"] = new JsonObject() });
        Assert.Equal(
            [
                "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing",
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
            ], errors);
        (_, errors) = Change("resize", new() { ["/spec/containers/0/resources/requests/ephemeral-storage"] = "1Gi" });
        Assert.Equal(["spec: Forbidden: only cpu and memory resources are mutable"], errors);
    }

    [Fact]
    public void Ephemeral_containers_are_added_and_never_changed()
    {
        var (obj, errors) = Change("ephemeralcontainers", new() { ["/spec/ephemeralContainers/1"] = new JsonObject { ["name"] = "more", ["image"] = "b" }, ["/spec/containers/0/image"] = "other" });
        Assert.Empty(errors);
        Assert.Equal("nginx 2", $"{Container(obj).Text("image")} {obj.Map("spec").Items("ephemeralContainers").Count()}");
        (_, errors) = Change("ephemeralcontainers", new() { ["/spec/ephemeralContainers/0/image"] = "b" });
        Assert.Equal(["spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be changed"], errors);
        (_, errors) = Change("ephemeralcontainers", new() { ["/spec/ephemeralContainers"] = new JsonArray() });
        Assert.Equal(["spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be removed"], errors);
    }

    [Theory]
    [InlineData("{nodeSelector: {beta.kubernetes.io/os: linux}}", "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead")]
    [InlineData("{terminationGracePeriodSeconds: -1}", "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1")]
    [InlineData("{volumes: [{name: a, gitRepo: {}}]}", "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+")]
    [InlineData("{containers: [{env: [{name: A, value: x}, {name: A, value: y}, {name: A, value: $(A)z}]}]}", "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply")]
    [InlineData("{containers: [{resources: {limits: {memory: 100m}}}]}", "spec.containers[0].resources.limits[memory]: fractional byte value \"100m\" is invalid, must be an integer")]
    [InlineData("{containers: [{ports: [{containerPort: 80}, {containerPort: 80}]}]}", "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]")]
    [InlineData("{topologySpreadConstraints: [{topologyKey: zone}]}", "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod")]
    public void A_doubtful_spec_is_accepted_with_a_warning(string spec, string warning) => Assert.Equal([warning], PodWarnings.OfSpec(KindFixture.Parse(spec), "spec"));

    private static (JsonObject Object, List<string> Errors) Change(string subresource, JsonObject changes)
    {
        var old = KindFixture.Created(KindFixture.Parse(Pod));
        var obj = old.DeepClone().AsObject();
        KindFixture.Set(obj, changes);
        obj = KindFixture.Complete(obj);
        var strategy = KindFixture.Definition(obj).Strategy;
        strategy.PrepareForSubresourceUpdate(subresource, obj, old);
        var errors = new List<FieldError>();
        strategy.ValidateSubresourceUpdate(subresource, obj, old, errors);
        return (obj, [.. errors.Select(e => e.ToString())]);
    }

    private static JsonObject Container(JsonObject pod) => pod.Map("spec").Items("containers").First();
}

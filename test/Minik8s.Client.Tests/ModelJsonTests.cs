using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client.Json;

namespace Minik8s.Client.Tests;

public sealed class ModelJsonTests
{
    [Fact]
    public void A_pod_survives_the_round_trip()
    {
        const string text = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"a":"b"}},
             "spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"100m","memory":"64Mi"}},
               "livenessProbe":{"httpGet":{"port":8080,"path":"/"}},"readinessProbe":{"tcpSocket":{"port":"http"}}}],
               "tolerations":[{"key":"k","operator":"Exists","tolerationSeconds":300}]},
             "status":{"phase":"Running","startTime":"2026-01-02T03:04:06Z"}}
            """;
        var pod = ModelJson.Read<V1Pod>(Encoding.UTF8.GetBytes(text));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), pod.Metadata.CreationTimestamp);
        Assert.Equal("100m", pod.Spec.Containers[0].Resources.Requests["cpu"].ToString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), ModelJson.ToNode(pod)), ModelJson.ToNode(pod).ToJsonString());
    }

    [Fact]
    public void A_lease_has_micro_times_and_its_metadata_whole_seconds()
    {
        var at = new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);
        var lease = new V1Lease { Metadata = new V1ObjectMeta { CreationTimestamp = at }, Spec = new V1LeaseSpec { RenewTime = at, AcquireTime = at } };
        Assert.Equal(
            """{"metadata":{"creationTimestamp":"2026-01-02T03:04:05Z"},"spec":{"acquireTime":"2026-01-02T03:04:05.678000Z","renewTime":"2026-01-02T03:04:05.678000Z"}}""",
            ModelJson.ToNode(lease).ToJsonString());
        Assert.Equal(at, ModelJson.Copy(lease).Spec.RenewTime);
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.123456789Z")]
    [InlineData("2026-01-02T05:04:05.123456+02:00")]
    public void A_time_may_have_a_fraction_and_an_offset(string text)
    {
        var pod = ModelJson.Read<V1Pod>(Encoding.UTF8.GetBytes("{\"metadata\":{\"creationTimestamp\":\"" + text + "\"}}"));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), pod.Metadata.CreationTimestamp!.Value.AddTicks(-(pod.Metadata.CreationTimestamp.Value.Ticks % TimeSpan.TicksPerSecond)));
    }

    [Fact]
    public void Null_lists_and_unknown_fields_are_taken()
    {
        var list = ListDecoder.Decode<V1Pod>("""{"kind":"PodList","metadata":{"resourceVersion":"5","continue":""},"items":null,"new":{"a":[1]}}"""u8);
        Assert.Empty(list.Items);
        Assert.Equal("5", list.ResourceVersion);
        Assert.Null(list.Continue);
    }

    [Fact]
    public void Deep_managed_fields_do_not_keep_a_client_from_reading()
    {
        const int depth = 300;
        var fields = string.Concat(Enumerable.Repeat("{\"f:a\":", depth)) + "{}" + new string('}', depth);
        var item = $$$"""{"metadata":{"name":"n","managedFields":[{"manager":"m","fieldsV1":{{{fields}}}}]}}""";
        var list = ListDecoder.Decode<PartialObjectMetadata>(Encoding.UTF8.GetBytes($$$"""{"metadata":{"resourceVersion":"1"},"items":[{{{item}}}]}"""));
        Assert.Equal("n", Assert.Single(list.Items).Metadata.Name);
        Assert.Equal("n", WatchDecoder.Decode<PartialObjectMetadata>(Encoding.UTF8.GetBytes($$$"""{"type":"ADDED","object":{{{item}}}}""")).Object.Metadata.Name);
        Assert.Equal("n", ModelJson.Copy(list.Items[0]).Metadata.Name);
    }
}

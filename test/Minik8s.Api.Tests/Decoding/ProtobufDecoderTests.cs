using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Minik8s.Api.Decoding;
using Minik8s.Api.Identity;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Tests.Decoding;

/// <summary>
/// The protobuf encoding of Kubernetes' kinds. <c>Fixtures/Protobuf/kinds.txt</c> has a line for each kind: a body with every field of Kubernetes 1.32 set,
/// encoded along Kubernetes' own descriptors, and the JSON of the same object.
/// </summary>
public sealed class ProtobufDecoderTests
{
    private static readonly Dictionary<string, (byte[] Body, JsonObject Json)> Fixtures =
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "Protobuf", "kinds.txt"))
            .Select(line => line.Split('\t'))
            .Select(parts => (Convert.FromBase64String(parts[0]), JsonNode.Parse(parts[1])!.AsObject()))
            .ToDictionary(f => $"{f.Item2["apiVersion"]}/{f.Item2["kind"]}");

    public static TheoryData<string> Kinds => [.. Fixtures.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_body_with_every_field_says_what_its_json_says(string kind)
    {
        var (body, json) = Fixtures[kind];
        var decoded = JsonNode.Parse(ProtobufDecoder.ToJson(body, SchemaOf(kind)));
        Assert.True(JsonNode.DeepEquals(json, decoded), Difference(json, decoded, kind));
    }

    [Fact]
    public void What_go_leaves_out_of_json_is_left_out_and_what_it_sets_is_kept()
    {
        // Field by field: hostNetwork false, terminationGracePeriodSeconds 0, a volume with an empty emptyDir, a status that is not ready.
        byte[] spec = [.. Number(11, 0), .. Number(4, 0), .. Message(1, [.. Message(1, "v"u8), .. Message(2, Message(2, []))])];
        byte[] status = Message(8, [.. Message(1, "c"u8), .. Number(4, 0), .. Number(5, 0), .. Message(7, [])]);
        Assert.Equal(
            """{"spec":{"terminationGracePeriodSeconds":0,"volumes":[{"name":"v","emptyDir":{}}]},"status":{"containerStatuses":[{"name":"c","ready":false,"restartCount":0,"imageID":""}]},"apiVersion":"v1","kind":"Pod"}""",
            Decode("v1/Pod", [.. Message(2, spec), .. Message(3, status)]));
    }

    [Fact]
    public void Numbers_may_come_one_by_one_or_packed() => Assert.Equal(
        """{"spec":{"securityContext":{"supplementalGroups":[1,2,3]}},"apiVersion":"v1","kind":"Pod"}""",
        Decode("v1/Pod", Message(2, Message(14, [.. Number(4, 1), .. Message(4, [2, 3])]))));

    [Fact]
    public void A_whole_second_of_a_lease_keeps_its_six_digits() => Assert.Equal(
        """{"spec":{"renewTime":"2023-11-14T22:13:20.000000Z"},"apiVersion":"coordination.k8s.io/v1","kind":"Lease"}""",
        Decode("coordination.k8s.io/v1/Lease", Message(2, Message(4, Number(1, 1700000000)))));

    [Fact]
    public void Fields_of_a_later_release_are_skipped() => Assert.Equal(
        """{"spec":{"nodeName":"n"},"apiVersion":"v1","kind":"Pod"}""",
        Decode("v1/Pod", [.. Message(2, [.. Message(900, "x"u8), .. Number(901, 5), .. Message(10, "n"u8)]), .. Message(77, [])]));

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"a\":")]
    [InlineData("k8s\0")]
    public void Raw_data_that_is_not_json_is_refused(string raw) =>
        Assert.Throws<DecodeException>(() => Decode("apps/v1/ControllerRevision", Message(2, Message(1, Encoding.UTF8.GetBytes(raw)))));

    [Fact]
    public void A_kind_without_numbers_is_not_known() =>
        Assert.False(ProtobufDecoder.Knows(BuiltInSchemas.Get(new GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"))));

    private static string Decode(string kind, byte[] raw)
    {
        var slash = kind.LastIndexOf('/');
        byte[] body = [.. "k8s\0"u8, .. Message(1, [.. Message(1, Encoding.UTF8.GetBytes(kind[..slash])), .. Message(2, Encoding.UTF8.GetBytes(kind[(slash + 1)..]))]), .. Message(2, raw)];
        return Encoding.UTF8.GetString(ProtobufDecoder.ToJson(body, SchemaOf(kind)));
    }

    private static Schema SchemaOf(string kind) => BuiltInSchemas.Get(kind.Split('/') switch
    {
        [var version, var name] => new GroupVersionKind("", version, name),
        var parts => new GroupVersionKind(parts[0], parts[1], parts[2]),
    });

    private static byte[] Number(int field, long value) => Write(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    });

    private static byte[] Message(int field, ReadOnlySpan<byte> content)
    {
        var bytes = ByteString.CopyFrom(content);
        return Write(output =>
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(bytes);
        });
    }

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true)) write(output);
        return buffer.ToArray();
    }

    /// <summary>The first place where two values differ.</summary>
    private static string? Difference(JsonNode? expected, JsonNode? actual, string path) => (expected, actual) switch
    {
        (JsonObject a, JsonObject b) => a.Select(p => p.Key).Union(b.Select(p => p.Key)).Select(k => Difference(a[k], b[k], $"{path}.{k}")).FirstOrDefault(d => d is not null),
        (JsonArray a, JsonArray b) when a.Count == b.Count => a.Select((item, i) => Difference(item, b[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null),
        _ => JsonNode.DeepEquals(expected, actual) ? null : $"{path}: expected {expected?.ToJsonString() ?? "nothing"}, got {actual?.ToJsonString() ?? "nothing"}",
    };
}

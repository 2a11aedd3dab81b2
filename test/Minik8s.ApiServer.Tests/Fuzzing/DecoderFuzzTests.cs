using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;
using Minik8s.Api.Yaml;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Tests.Patches;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Bodies of any form, in all three encodings.</summary>
public sealed class DecoderFuzzTests(ITestOutputHelper output)
{
    private static readonly ResourceDefinition[] Kinds =
        [.. new[] { "v1/Pod", "apps/v1/Deployment", "v1/Service", "networking.k8s.io/v1/Ingress" }.Select(k => CaseFile.Resource(new() { ["kind"] = k }))];

    private readonly FuzzRun _run = new(output);

    [Fact]
    public void Json_is_decoded_or_refused() => _run.Repeat((random, json) =>
    {
        var kind = Kinds[random.Next(Kinds.Length)];
        var value = random.Next(3) == 0 ? json.Any() : json.Mutated(json.Fitting(kind.Schema));
        var bytes = Encoding.UTF8.GetBytes(value?.ToJsonString() ?? "null");
        Decode(random.Next(2) == 0 ? Damage.Of(bytes, random) : bytes, kind.Schema);
    });

    [Fact]
    public void What_was_decoded_decodes_to_itself() => _run.Repeat((random, json) =>
    {
        var kind = Kinds[random.Next(Kinds.Length)];
        if (Decode(Encoding.UTF8.GetBytes(json.Mutated(json.Fitting(kind.Schema))?.ToJsonString() ?? "null"), kind.Schema) is not { } once) return;
        var twice = Decode(Encoding.UTF8.GetBytes(once.ToJsonString()), kind.Schema);
        Assert.True(JsonNode.DeepEquals(once, twice), $"{once.ToJsonString()}\n{twice?.ToJsonString()}");
    });

    [Fact]
    public void Yaml_is_read_or_refused() => _run.Repeat((random, json) =>
    {
        var yaml = YamlEncoder.FromJson(Encoding.UTF8.GetBytes((json.Any() ?? new JsonObject()).ToJsonString()));
        var damaged = Damage.Of(yaml, random);
        try
        {
            var read = YamlDecoder.ToJson(damaged);
            JsonNode.Parse(read, documentOptions: new() { MaxDepth = 200 });
        }
        catch (DecodeException)
        {
            // Refused, which is all that can be asked of it.
        }
    });

    [Fact]
    public void Yaml_says_the_same_as_json() => _run.Repeat((_, json) =>
    {
        var value = json.Any() ?? new JsonObject();
        var back = JsonNode.Parse(YamlDecoder.ToJson(YamlEncoder.FromJson(Encoding.UTF8.GetBytes(value.ToJsonString()))));
        Assert.True(JsonText.Same(value, back), $"{value.ToJsonString()}\n{back?.ToJsonString()}");
    });

    [Fact]
    public void Protobuf_is_read_or_refused() => _run.Repeat((random, _) =>
    {
        var kind = Kinds[random.Next(Kinds.Length)];
        var raw = Message(random, 0);
        byte[] body = [.. "k8s\0"u8, .. Field(1, [.. Field(1, Encoding.UTF8.GetBytes(kind.Kind.ApiVersion)), .. Field(2, Encoding.UTF8.GetBytes(kind.Kind.Kind))]), .. Field(2, raw)];
        if (random.Next(3) == 0) body = Damage.Of(body, random);
        try
        {
            Decode(ProtobufDecoder.ToJson(body, kind.Schema), kind.Schema);
        }
        catch (DecodeException)
        {
            // Refused.
        }
    });

    private static JsonObject? Decode(byte[] body, Schema schema)
    {
        try
        {
            return ObjectDecoder.Decode(body, schema).Object;
        }
        catch (Exception e) when (e is DecodeException or StatusException)
        {
            return null;
        }
    }

    /// <summary>A message of fields with small numbers, as the kinds have them, of any type and nested.</summary>
    private static byte[] Message(Random random, int depth)
    {
        var bytes = new List<byte>();
        for (var n = random.Next(8); n > 0; n--)
        {
            var number = random.Next(1, random.Next(2) == 0 ? 8 : 45);
            switch (random.Next(8))
            {
                case 0:
                    bytes.AddRange(Varint((ulong)(number << 3)));
                    bytes.AddRange(Varint((ulong)random.NextInt64()));
                    break;
                case 1:
                    bytes.AddRange(Varint((ulong)(number << 3)));
                    bytes.AddRange(Varint((ulong)random.Next(3)));
                    break;
                case 2:
                    bytes.AddRange(Field(number, Encoding.UTF8.GetBytes(new[] { "", "a", "name", "1Gi", "\u0000", "x y" }[random.Next(6)])));
                    break;
                case 3:
                    var noise = new byte[random.Next(12)];
                    random.NextBytes(noise);
                    bytes.AddRange(Field(number, noise));
                    break;
                default:
                    bytes.AddRange(Field(number, depth > 7 ? [] : Message(random, depth + 1)));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Field(int number, byte[] content) => [.. Varint((ulong)((number << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7) bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}

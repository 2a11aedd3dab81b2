using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Decoding;

/// <summary>
/// Turns a body in Kubernetes' protobuf encoding into JSON, guided by the same schemas as JSON bodies. Some of kubectl's commands
/// (<c>create configmap</c>, <c>create service</c>…) send nothing else.
/// </summary>
public static class ProtobufDecoder
{
    private const int MaxDepth = 100;

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <exception cref="DecodeException">The body is not in that encoding, is damaged, or its type has no field table.</exception>
    public static byte[] ToJson(ReadOnlySpan<byte> body, Schema schema)
    {
        if (!body.StartsWith(Magic)) throw new DecodeException("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]", isSyntax: true);
        try
        {
            var (apiVersion, kind, raw) = Envelope(body[Magic.Length..].ToArray());
            var obj = Message(new CodedInputStream(raw), schema, 0);
            obj["apiVersion"] = apiVersion;
            obj["kind"] = kind;
            return System.Text.Encoding.UTF8.GetBytes(obj.ToJsonString());
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException or FormatException or JsonException)
        {
            throw new DecodeException($"protobuf: {e.Message}", isSyntax: true);
        }
    }

    /// <summary>Whether bodies of this kind can be read.</summary>
    public static bool Knows(Schema schema) => schema.Name is { } name && ProtobufFields.Of(name) is not null;

    /// <summary>runtime.Unknown: typeMeta=1 {apiVersion=1, kind=2}, raw=2.</summary>
    private static (string ApiVersion, string Kind, byte[] Raw) Envelope(byte[] bytes)
    {
        var (apiVersion, kind, raw) = ("", "", Array.Empty<byte>());
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    var meta = new CodedInputStream(input.ReadBytes().ToByteArray());
                    while (meta.ReadTag() is not 0 and var inner)
                    {
                        if (WireFormat.GetTagFieldNumber(inner) == 1) apiVersion = meta.ReadString();
                        else if (WireFormat.GetTagFieldNumber(inner) == 2) kind = meta.ReadString();
                        else meta.SkipLastField();
                    }

                    break;
                case 2:
                    raw = input.ReadBytes().ToByteArray();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return (apiVersion, kind, raw);
    }

    private static JsonObject Message(CodedInputStream input, Schema schema, int depth)
    {
        if (depth > MaxDepth) throw new DecodeException("exceeded max depth", isSyntax: true);
        var result = new JsonObject();
        Fields(input, schema.Name ?? "", schema, result, depth);
        return result;
    }

    private static void Fields(CodedInputStream input, string definition, Schema schema, JsonObject result, int depth)
    {
        var table = ProtobufFields.Of(definition) ?? throw new DecodeException($"protobuf bodies with {definition} are not supported; send application/json", isSyntax: true);
        while (input.ReadTag() is not 0 and var tag)
        {
            var known = table.TryGetValue(WireFormat.GetTagFieldNumber(tag), out var entry);
            if (known && entry.Inline is { } inline)
            {
                Fields(new CodedInputStream(input.ReadBytes().ToByteArray()), inline, schema, result, depth);
                continue;
            }

            if (!known || !schema.Properties.TryGetValue(entry.Name, out var field))
            {
                input.SkipLastField();
                continue;
            }

            var name = entry.Name;
            switch (field.Type)
            {
                case SchemaType.Array:
                    if (result[name] is not JsonArray list) result[name] = list = [];
                    Add(list, input, WireFormat.GetTagWireType(tag), field.Items!, depth);
                    break;
                case SchemaType.Object when field.Name is null:
                    if (result[name] is not JsonObject map) result[name] = map = [];
                    Entry(input, map, field.AdditionalProperties!, depth);
                    break;
                default:
                    // Go's encoder writes empty values of plain fields; in JSON they are absent.
                    if (Value(input, field, depth) is { } value && (entry.KeepsEmpty || !IsEmpty(value))) result[name] = value;
                    break;
            }
        }
    }

    /// <summary>An item of a list, or all of them: numbers may come packed into one field.</summary>
    private static void Add(JsonArray list, CodedInputStream input, WireFormat.WireType wire, Schema items, int depth)
    {
        if (wire != WireFormat.WireType.LengthDelimited || items.Type is not (SchemaType.Integer or SchemaType.Number or SchemaType.Boolean))
        {
            list.Add(Value(input, items, depth));
            return;
        }

        var packed = new CodedInputStream(input.ReadBytes().ToByteArray());
        while (!packed.IsAtEnd) list.Add(Value(packed, items, depth));
    }

    /// <summary>An entry of a map: key=1, value=2.</summary>
    private static void Entry(CodedInputStream input, JsonObject map, Schema values, int depth)
    {
        var entry = new CodedInputStream(input.ReadBytes().ToByteArray());
        var key = "";
        JsonNode? value = null;
        while (entry.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1) key = entry.ReadString();
            else if (WireFormat.GetTagFieldNumber(tag) == 2) value = Value(entry, values, depth);
            else entry.SkipLastField();
        }

        map[key] = value ?? "";
    }

    private static JsonNode? Value(CodedInputStream input, Schema schema, int depth)
    {
        switch (schema.Type)
        {
            case SchemaType.Integer:
                return input.ReadInt64();
            case SchemaType.Boolean:
                return input.ReadBool();
            case SchemaType.Number:
                return input.ReadDouble();
            case SchemaType.String when schema.Format == "byte":
                return input.ReadBytes().ToBase64();
            case SchemaType.String when schema.Format is "date-time" or "micro-time":
                return Time(new CodedInputStream(input.ReadBytes().ToByteArray()), micro: schema.Format == "micro-time");
            case SchemaType.String when schema.Format == "quantity":
                return Inner(input, 1);
            case SchemaType.String:
                return input.ReadString();
            case SchemaType.IntOrString:
                return IntOrString(new CodedInputStream(input.ReadBytes().ToByteArray()));
            case SchemaType.Array:
                return Items(new CodedInputStream(input.ReadBytes().ToByteArray()), schema.Items!, depth);
            case SchemaType.Object:
                return Message(new CodedInputStream(input.ReadBytes().ToByteArray()), schema, depth + 1);
            case SchemaType.Any when schema.Name is not null:
                return Raw(input);
            default:
                input.SkipLastField();
                return null;
        }
    }

    /// <summary>RawExtension and FieldsV1 carry their JSON as text: raw=1.</summary>
    private static JsonNode? Raw(CodedInputStream input)
    {
        var text = Inner(input, 1);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>A list as the value of a map is a message of its own: items=1.</summary>
    private static JsonArray Items(CodedInputStream input, Schema items, int depth)
    {
        var list = new JsonArray();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1) list.Add(Value(input, items, depth));
            else input.SkipLastField();
        }

        return list;
    }

    private static string Inner(CodedInputStream input, int number)
    {
        var inner = new CodedInputStream(input.ReadBytes().ToByteArray());
        var text = "";
        while (inner.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == number) text = inner.ReadString();
            else inner.SkipLastField();
        }

        return text;
    }

    /// <summary>Seconds=1, nanoseconds=2; without either it is no time at all.</summary>
    private static string? Time(CodedInputStream input, bool micro)
    {
        long? seconds = null;
        var nanos = 0;
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1) seconds = input.ReadInt64();
            else if (WireFormat.GetTagFieldNumber(tag) == 2) nanos = input.ReadInt32();
            else input.SkipLastField();
        }

        if (seconds is not { } value) return null;
        var time = DateTimeOffset.FromUnixTimeSeconds(value).AddTicks(nanos / 100);
        return time.UtcDateTime.ToString(micro ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Type=1 (0 number, 1 text), number=2, text=3.</summary>
    private static JsonNode IntOrString(CodedInputStream input)
    {
        var (type, number, text) = (0L, 0, "");
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    type = input.ReadInt64();
                    break;
                case 2:
                    number = input.ReadInt32();
                    break;
                case 3:
                    text = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return type == 0 ? number : text;
    }

    private static bool IsEmpty(JsonNode value) => value switch
    {
        JsonObject map => map.Count == 0,
        _ => value.Text() is "" || value.Number() is 0 || value.Flag() is false,
    };
}

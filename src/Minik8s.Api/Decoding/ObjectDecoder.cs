using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Quantities;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Decoding;

/// <summary>
/// Reads a JSON body into an object in one pass, guided by its schema: unknown fields are dropped and reported, wrong types are refused, and values with
/// a canonical form (times, quantities) get it. Work and memory are proportional to the body.
/// </summary>
public static class ObjectDecoder
{
    private const int MaxDepth = 200;
    private const int MaxStrictErrors = 100;

    /// <exception cref="DecodeException">The body is not JSON, is too deep, or has a value of a wrong type.</exception>
    public static DecodedObject Decode(ReadOnlySpan<byte> utf8Json, Schema schema)
    {
        var reader = new Utf8JsonReader(utf8Json, new JsonReaderOptions { MaxDepth = MaxDepth });
        var state = new State();
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) throw new DecodeException($"json: cannot unmarshal {TokenName(reader.TokenType)} into Go value of type {GoNames.Of(schema)}");
            var decoded = ReadObject(ref reader, schema, state);
            if (reader.Read()) throw new DecodeException("invalid character after top-level value", isSyntax: true);
            return new(decoded, state.StrictErrors);
        }
        catch (JsonException e)
        {
            throw new DecodeException(Syntax(utf8Json, e), isSyntax: true);
        }
        catch (InvalidOperationException)
        {
            // GetString on text that is not UTF-8.
            throw new DecodeException("invalid UTF-8 in string", isSyntax: true);
        }
    }

    /// <summary>Reads any JSON value completely; unlike <see cref="JsonNode"/>'s own parser, which leaves faults to be found by whoever reads the value later.</summary>
    /// <exception cref="DecodeException">The text is not JSON, or is too deep.</exception>
    public static JsonNode? DecodeAny(ReadOnlySpan<byte> utf8Json)
    {
        var reader = new Utf8JsonReader(utf8Json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            var value = ReadAny(ref reader);
            if (reader.Read()) throw new DecodeException("invalid character after top-level value", isSyntax: true);
            return value;
        }
        catch (JsonException e)
        {
            throw new DecodeException(Syntax(utf8Json, e), isSyntax: true);
        }
        catch (InvalidOperationException)
        {
            throw new DecodeException("invalid UTF-8 in string", isSyntax: true);
        }
    }

    /// <summary>Decodes a value that has already been parsed, such as the result of a patch.</summary>
    public static DecodedObject Decode(JsonObject value, Schema schema)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true })) value.WriteTo(writer);
        return Decode(buffer.WrittenSpan, schema);
    }

    private static JsonObject ReadObject(ref Utf8JsonReader reader, Schema schema, State state)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            var known = schema.Properties.TryGetValue(name, out var field);
            field ??= schema.AdditionalProperties;
            if (field is null && !schema.PreserveUnknownFields)
            {
                state.Strict($"unknown field \"{state.PathTo(name)}\"");
                reader.Skip();
                continue;
            }

            if (result.ContainsKey(name)) state.Strict($"duplicate field \"{state.PathTo(name)}\"");
            state.Enter(name, known ? schema : null);
            var value = field is null ? ReadAny(ref reader) : ReadValue(ref reader, field, state);
            state.Leave();
            if (value is not null || (field is null or { PreserveUnknownFields: true } && !known)) result[name] = value;
        }

        return result;
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, Schema schema, State state)
    {
        if (reader.TokenType == JsonTokenType.Null && !schema.PreserveUnknownFields) return null;
        switch (schema.Type)
        {
            case SchemaType.Object when reader.TokenType == JsonTokenType.StartObject:
                return ReadObject(ref reader, schema, state);
            case SchemaType.Array when reader.TokenType == JsonTokenType.StartArray:
                return ReadArray(ref reader, schema, state);
            case SchemaType.String when reader.TokenType == JsonTokenType.String:
                return ReadString(reader.GetString()!, schema, state);
            case SchemaType.String when schema.Format == "quantity" && reader.TokenType == JsonTokenType.Number:
                return ReadString(Encoding.ASCII.GetString(reader.ValueSpan), schema, state);
            case SchemaType.Integer when reader.TokenType == JsonTokenType.Number:
                return ReadInteger(ref reader, schema, state);
            case SchemaType.Number when reader.TokenType == JsonTokenType.Number:
                return ReadDouble(ref reader);
            case SchemaType.Boolean when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            case SchemaType.IntOrString when reader.TokenType == JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case SchemaType.IntOrString when reader.TokenType == JsonTokenType.Number:
                return reader.TryGetInt32(out var number) ? JsonValue.Create(number) : throw Mismatch(ref reader, schema, state);
            case SchemaType.Any:
                return ReadAny(ref reader);
            default:
                throw Mismatch(ref reader, schema, state);
        }
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, Schema schema, State state)
    {
        var result = new JsonArray();
        var items = schema.Items ?? new Schema { PreserveUnknownFields = true };
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            state.EnterItem(i);
            var value = ReadValue(ref reader, items, state);
            state.Leave();
            // A null item is the type's zero value in Go.
            result.Add(value ?? Zero(items));
        }

        return result;
    }

    private static JsonNode? Zero(Schema schema) => schema.Type switch
    {
        SchemaType.Object => new JsonObject(),
        SchemaType.Array => new JsonArray(),
        SchemaType.String => JsonValue.Create(""),
        SchemaType.Integer or SchemaType.IntOrString => JsonValue.Create(0),
        SchemaType.Boolean => JsonValue.Create(false),
        _ => null,
    };

    private static JsonValue ReadInteger(ref Utf8JsonReader reader, Schema schema, State state)
    {
        if (schema.Format == "int32" && reader.TryGetInt32(out var small)) return JsonValue.Create(small);
        if (schema.Format != "int32" && reader.TryGetInt64(out var large)) return JsonValue.Create(large);
        // Whole numbers may be written with a fraction or an exponent.
        if (reader.TryGetDecimal(out var number) && decimal.Truncate(number) == number && number is >= long.MinValue and <= long.MaxValue
            && (schema.Format != "int32" || number is >= int.MinValue and <= int.MaxValue))
        {
            return JsonValue.Create((long)number);
        }

        throw new DecodeException($"json: cannot unmarshal number {Encoding.ASCII.GetString(reader.ValueSpan)} into Go struct field {state.GoField()} of type {GoNames.Of(schema)}");
    }

    private static JsonValue ReadDouble(ref Utf8JsonReader reader) => reader.TryGetDouble(out var number) && double.IsFinite(number)
        ? JsonValue.Create(number)
        : throw new DecodeException($"json: cannot unmarshal number {Encoding.ASCII.GetString(reader.ValueSpan)} into Go value of type float64");

    private static JsonValue ReadString(string text, Schema schema, State state)
    {
        switch (schema.Format)
        {
            case "quantity":
                return Quantity.TryParse(text, out var quantity)
                    ? JsonValue.Create(quantity.ToString())
                    : throw new DecodeException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
            case "date-time":
                return Time(text);
            case "byte":
                var length = text.AsSpan().Count('\n') + text.AsSpan().Count('\r');
                if (System.Buffers.Text.Base64.IsValid(text) && !text.AsSpan().ContainsAny(' ', '\t')) return JsonValue.Create(length == 0 ? text : text.ReplaceLineEndings(""));
                throw new DecodeException($"illegal base64 data at input byte {FirstBad(text)}");
            default:
                _ = state;
                return JsonValue.Create(text);
        }
    }

    private static int FirstBad(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('+' or '/' or '=' or '\n' or '\r')) return i;
        }

        return text.Length / 4 * 4;
    }

    private static JsonValue Time(string text)
    {
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        var shape = text.Length >= 20 && text[10] == 'T' && (text[^1] == 'Z' || text[^6] is '+' or '-');
        if (!shape || !DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            throw new DecodeException($"parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\"");
        }

        return JsonValue.Create(time.UtcDateTime.ToString(text.Contains('.') ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }

    private static JsonNode? ReadAny(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    map[name] = ReadAny(ref reader);
                }

                return map;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) list.Add(ReadAny(ref reader));
                return list;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var whole) ? JsonValue.Create(whole) : ReadDouble(ref reader);
            case JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            default:
                return null;
        }
    }

    private static DecodeException Mismatch(ref Utf8JsonReader reader, Schema schema, State state)
    {
        var what = reader.TokenType == JsonTokenType.Number && schema.Type is SchemaType.Integer or SchemaType.IntOrString
            ? $"number {Encoding.ASCII.GetString(reader.ValueSpan)}"
            : TokenName(reader.TokenType);
        return new($"json: cannot unmarshal {what} into Go struct field {state.GoField()} of type {GoNames.Of(schema)}");
    }

    private static string TokenName(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "array",
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "bool",
        _ => "null",
    };

    private static string Syntax(ReadOnlySpan<byte> text, JsonException e)
    {
        if (text.Length == 0 || e.Message.Contains("end of data", StringComparison.Ordinal) || e.Message.Contains("depth to be zero", StringComparison.Ordinal)) return "unexpected end of JSON input";
        if (e.Message.Contains("depth", StringComparison.Ordinal)) return "exceeded max depth";
        var line = 0;
        var at = 0;
        while (line < e.LineNumber && text[at..].IndexOf((byte)'\n') is >= 0 and var next)
        {
            at += next + 1;
            line++;
        }

        at = (int)Math.Min(text.Length - 1, at + (e.BytePositionInLine ?? 0));
        var c = (char)text[at];
        return $"invalid character '{(char.IsControl(c) ? $"\\x{(int)c:x2}" : c)}' looking for beginning of value";
    }

    /// <summary>Where in the body the reader stands.</summary>
    private sealed class State
    {
        private readonly List<(string Segment, Schema? Owner)> _path = [];

        public List<string> StrictErrors { get; } = [];

        public void Enter(string name, Schema? owner) => _path.Add((name, owner));

        public void EnterItem(int index) => _path.Add(($"[{index.ToString(CultureInfo.InvariantCulture)}]", null));

        public void Leave() => _path.RemoveAt(_path.Count - 1);

        public void Strict(string error)
        {
            if (StrictErrors.Count < MaxStrictErrors) StrictErrors.Add(error);
        }

        /// <summary>As strict errors name a field: <c>spec.containers[0].image</c>.</summary>
        public string PathTo(string name)
        {
            var text = new StringBuilder();
            foreach (var (segment, _) in _path)
            {
                if (text.Length > 0 && !segment.StartsWith('[')) text.Append('.');
                text.Append(segment);
            }

            return text.Append(text.Length > 0 ? "." : "").Append(name).ToString();
        }

        /// <summary>As Go's decoder names a field: the innermost struct's name and the path without indices.</summary>
        public string GoField()
        {
            var owner = _path.FindLast(p => p.Owner is not null).Owner;
            return $"{GoNames.Short(owner)}.{string.Join('.', _path.Where(p => !p.Segment.StartsWith('[')).Select(p => p.Segment))}";
        }
    }
}

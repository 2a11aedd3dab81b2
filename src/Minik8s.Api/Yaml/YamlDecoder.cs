using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Minik8s.Api.Decoding;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Minik8s.Api.Yaml;

/// <summary>
/// Turns a YAML body into JSON as sigs.k8s.io/yaml does: plain scalars are typed by their look (YAML 1.1's yes/no/on/off included), quoted ones are strings,
/// <c>&lt;&lt;</c> merges a map. Depth is bounded while reading, and aliases are followed only as far as the bound on the number of nodes.
/// </summary>
public static class YamlDecoder
{
    private const int MaxNodes = 500_000;
    private const int MaxDepth = 150;
    private const string MergeKey = "<<";

    /// <exception cref="DecodeException">The text is not one YAML document, or grows beyond bounds.</exception>
    public static byte[] ToJson(ReadOnlySpan<byte> yaml)
    {
        try
        {
            var parser = new Parser(new StringReader(Encoding.UTF8.GetString(yaml)));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _)) return "null"u8.ToArray();
            parser.Consume<DocumentStart>();
            var root = Read(parser, new Dictionary<AnchorName, Node>(), 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw Bad("the body holds more than one document");
            return Write(root, yaml.Length);
        }
        catch (YamlException e)
        {
            throw Bad($"yaml: line {e.Start.Line}: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            // Thrown by the scanner of the library for markers in places where no token may follow.
            throw Bad($"yaml: {e.Message}");
        }
        catch (ArgumentException)
        {
            // Escapes of code points that do not exist; halves of surrogate pairs.
            throw Bad("yaml: invalid Unicode character");
        }
    }

    private static Node Read(Parser parser, Dictionary<AnchorName, Node> anchors, int depth)
    {
        // Bounded here and not when writing: the parser itself would follow any depth, and the stack would not.
        if (depth > MaxDepth) throw Bad("exceeded max depth");
        if (parser.TryConsume<AnchorAlias>(out var alias)) return anchors.GetValueOrDefault(alias.Value) ?? throw Bad($"yaml: unknown anchor '{alias.Value}' referenced");
        if (parser.TryConsume<Scalar>(out var scalar)) return Remember(scalar, new Node { Scalar = scalar }, anchors);
        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            var list = new Node { Items = [] };
            while (!parser.TryConsume<SequenceEnd>(out _)) list.Items.Add(Read(parser, anchors, depth + 1));
            return Remember(sequence, list, anchors);
        }

        var start = parser.Consume<MappingStart>();
        var map = new Node { Fields = [] };
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Read(parser, anchors, depth + 1);
            if (key.Scalar is null) throw Bad("a key is not a scalar");
            map.Fields.Add((key.Scalar, Read(parser, anchors, depth + 1)));
        }

        return Remember(start, map, anchors);
    }

    private static Node Remember(NodeEvent start, Node node, Dictionary<AnchorName, Node> anchors)
    {
        if (!start.Anchor.IsEmpty) anchors[start.Anchor] = node;
        return node;
    }

    private static byte[] Write(Node root, int sizeHint)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(sizeHint, 16));
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = MaxDepth + 1 }))
        {
            var left = MaxNodes;
            Write(root, writer, ref left, 0);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Node node, Utf8JsonWriter writer, ref int left, int depth)
    {
        if (--left < 0) throw Bad("document contains excessive aliasing");
        if (depth >= MaxDepth) throw Bad("exceeded max depth");
        if (node.Scalar is { } scalar)
        {
            WriteScalar(scalar, writer);
        }
        else if (node.Items is { } items)
        {
            writer.WriteStartArray();
            foreach (var item in items) Write(item, writer, ref left, depth + 1);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteStartObject();
            var merged = node.Fields!.Any(IsMerge) ? Merge(node, ref left, 0) : node.Fields!;
            foreach (var (key, value) in merged)
            {
                writer.WritePropertyName(key.Value);
                Write(value, writer, ref left, depth + 1);
            }

            writer.WriteEndObject();
        }
    }

    /// <summary>The fields of a map with those of the maps that it merges; its own come before theirs, and of several the first wins.</summary>
    private static List<(Scalar Key, Node Value)> Merge(Node map, ref int left, int depth)
    {
        if (depth > MaxDepth) throw Bad("exceeded max depth");
        var fields = map.Fields!.Where(f => !IsMerge(f)).ToList();
        var known = fields.Select(f => f.Key.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var (_, value) in map.Fields!.Where(IsMerge))
        {
            foreach (var source in value.Items ?? [value])
            {
                if (source.Fields is null) throw Bad("yaml: map merge requires map or sequence of maps as the value");
                foreach (var field in Merge(source, ref left, depth + 1))
                {
                    if (--left < 0) throw Bad("document contains excessive aliasing");
                    if (known.Add(field.Key.Value)) fields.Add(field);
                }
            }
        }

        return fields;
    }

    private static bool IsMerge((Scalar Key, Node Value) field) => field.Key is { Value: MergeKey, Style: ScalarStyle.Plain };

    private static DecodeException Bad(string why) => new($"error converting YAML to JSON: {why}", isSyntax: true);

    /// <summary>Whether a text, written without quotes, is read back as this very text.</summary>
    internal static bool IsPlainText(string text) =>
        text.Length > 0 && text[0] is not ('~' or '=' or '<' or '.') && Constant(text) is null && !TryInteger(text, out _) && !LooksLikeFloat(text) && !char.IsAsciiDigit(text[0]) && text.All(c => !char.IsControl(c));

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter writer)
    {
        var text = scalar.Value;
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str"))
        {
            writer.WriteStringValue(text);
            return;
        }

        switch (Constant(text))
        {
            case JsonTokenType.Null:
                writer.WriteNullValue();
                return;
            case { } known:
                writer.WriteBooleanValue(known == JsonTokenType.True);
                return;
        }

        if (TryInteger(text, out var whole)) writer.WriteNumberValue(whole);
        else if (LooksLikeFloat(text) && double.TryParse(text.Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)) writer.WriteNumberValue(real);
        else writer.WriteStringValue(text);
    }

    /// <summary>What a plain word stands for in YAML 1.1, when it is not itself.</summary>
    private static JsonTokenType? Constant(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => JsonTokenType.Null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y" => JsonTokenType.True,
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N" => JsonTokenType.False,
        _ => null,
    };

    private static bool TryInteger(string text, out long value)
    {
        value = 0;
        var digits = text.Replace("_", "");
        var negative = digits.StartsWith('-');
        if (negative || digits.StartsWith('+')) digits = digits[1..];
        if (digits.Length == 0 || !char.IsAsciiDigit(digits[0])) return false;
        bool parsed;
        if (digits.StartsWith("0x", StringComparison.Ordinal)) parsed = long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        else if (digits.StartsWith("0b", StringComparison.Ordinal)) parsed = long.TryParse(digits.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out value);
        else if (digits.Length > 1 && digits[0] == '0') parsed = TryOctal(digits.AsSpan(digits.StartsWith("0o", StringComparison.Ordinal) ? 2 : 1), out value);
        else parsed = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        if (negative) value = -value;
        return parsed;
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out long value)
    {
        value = 0;
        if (digits.Length is 0 or > 20) return false;
        foreach (var c in digits)
        {
            if (c is < '0' or > '7') return false;
            value = value * 8 + (c - '0');
        }

        return true;
    }

    private static bool LooksLikeFloat(string text) => (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.') && text.AsSpan().ContainsAny("0123456789")
        && !text.AsSpan().ContainsAnyExcept("0123456789+-.eE_");

    /// <summary>One of scalar, sequence and map.</summary>
    private sealed class Node
    {
        public Scalar? Scalar { get; init; }

        public List<Node>? Items { get; init; }

        public List<(Scalar Key, Node Value)>? Fields { get; init; }
    }
}

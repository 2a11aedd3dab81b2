using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Minik8s.Api.Decoding;

/// <summary>
/// Turns a YAML body into JSON as sigs.k8s.io/yaml does: plain scalars are typed by their look (YAML 1.1's yes/no/on/off included), quoted ones are strings.
/// Aliases are followed, but only as far as the bound on the number of nodes.
/// </summary>
public static class YamlDecoder
{
    private const int MaxNodes = 500_000;
    private const int MaxDepth = 150;

    /// <exception cref="DecodeException">The text is not one YAML document, or grows beyond bounds.</exception>
    public static byte[] ToJson(ReadOnlySpan<byte> yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(Encoding.UTF8.GetString(yaml)));
        }
        catch (YamlException e)
        {
            throw new DecodeException($"error converting YAML to JSON: yaml: line {e.Start.Line}: {e.Message}", isSyntax: true);
        }

        if (stream.Documents.Count == 0) return "null"u8.ToArray();
        if (stream.Documents.Count > 1) throw new DecodeException("error converting YAML to JSON: the body holds more than one document", isSyntax: true);
        var buffer = new ArrayBufferWriter<byte>(yaml.Length);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = MaxDepth + 1 }))
        {
            var left = MaxNodes;
            Write(stream.Documents[0].RootNode, writer, ref left, 0);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(YamlNode node, Utf8JsonWriter writer, ref int left, int depth)
    {
        if (--left < 0) throw new DecodeException("error converting YAML to JSON: document contains excessive aliasing", isSyntax: true);
        if (depth > MaxDepth) throw new DecodeException("error converting YAML to JSON: exceeded max depth", isSyntax: true);
        switch (node)
        {
            case YamlMappingNode map:
                writer.WriteStartObject();
                foreach (var (key, value) in map.Children)
                {
                    if (key is not YamlScalarNode { Value: { } name }) throw new DecodeException("error converting YAML to JSON: a key is not a scalar", isSyntax: true);
                    writer.WritePropertyName(name);
                    Write(value, writer, ref left, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case YamlSequenceNode list:
                writer.WriteStartArray();
                foreach (var item in list.Children) Write(item, writer, ref left, depth + 1);
                writer.WriteEndArray();
                break;
            case YamlScalarNode scalar:
                WriteScalar(scalar, writer);
                break;
            default:
                throw new DecodeException($"error converting YAML to JSON: unexpected {node.NodeType}", isSyntax: true);
        }
    }

    private static void WriteScalar(YamlScalarNode scalar, Utf8JsonWriter writer)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str"))
        {
            writer.WriteStringValue(text);
            return;
        }

        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                return;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y":
                writer.WriteBooleanValue(true);
                return;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N":
                writer.WriteBooleanValue(false);
                return;
        }

        if (TryInteger(text, out var whole)) writer.WriteNumberValue(whole);
        else if (LooksLikeFloat(text) && double.TryParse(text.Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)) writer.WriteNumberValue(real);
        else writer.WriteStringValue(text);
    }

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
}

using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Minik8s.Api.Yaml;

/// <summary>Writes JSON as YAML. What it writes, <see cref="YamlDecoder"/> reads back as the same JSON.</summary>
public static class YamlEncoder
{
    public static byte[] FromJson(ReadOnlyMemory<byte> json)
    {
        using var document = ObjectJson.Document(json);
        using var bytes = new MemoryStream();
        using (var text = new StreamWriter(bytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        {
            var emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue).WithoutAnchorName().WithNewLine("\n"));
            emitter.Emit(new StreamStart());
            emitter.Emit(new DocumentStart());
            Write(emitter, document.RootElement);
            emitter.Emit(new DocumentEnd(isImplicit: true));
            emitter.Emit(new StreamEnd());
        }

        return bytes.ToArray();
    }

    private static void Write(Emitter emitter, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, value.EnumerateObject().Any() ? MappingStyle.Block : MappingStyle.Flow));
                foreach (var field in value.EnumerateObject())
                {
                    Text(emitter, field.Name);
                    Write(emitter, field.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, value.GetArrayLength() > 0 ? SequenceStyle.Block : SequenceStyle.Flow));
                foreach (var item in value.EnumerateArray()) Write(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                Text(emitter, value.GetString()!);
                break;
            default:
                // Numbers, booleans and null look the same in both.
                emitter.Emit(new Scalar(value.GetRawText()));
                break;
        }
    }

    private static void Text(Emitter emitter, string text)
    {
        var style = text.Contains('\n') && !text.Contains('\r') && text.All(c => c == '\n' || !char.IsControl(c)) && !char.IsWhiteSpace(text[0]) ? ScalarStyle.Literal
            : YamlDecoder.IsPlainText(text) ? ScalarStyle.Any
            : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
    }
}

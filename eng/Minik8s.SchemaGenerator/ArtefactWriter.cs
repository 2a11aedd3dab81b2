using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Minik8s.SchemaGenerator;

/// <summary>Writes named JSON values as lines <c>name TAB json</c>, compressed, so that a reader can find one without parsing the others.</summary>
internal static class ArtefactWriter
{
    public static void Write(string path, IEnumerable<(string Name, JsonObject Value)> entries)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in entries) text.Append(name).Append('\t').Append(value.ToJsonString()).Append('\n');
        using var file = File.Create(path);
        using var compressed = new BrotliStream(file, CompressionLevel.SmallestSize);
        compressed.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }
}

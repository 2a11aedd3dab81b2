using System.IO.Compression;

namespace Minik8s.Api.Schemas;

/// <summary>Reads the generated artefacts: lines of <c>name TAB json</c>, compressed.</summary>
internal static class SchemaArtefact
{
    public static byte[] Read(string resource)
    {
        using var stream = typeof(SchemaArtefact).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is missing from the assembly");
        using var plain = new BrotliStream(stream, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        plain.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Where each definition's JSON lies in the text.</summary>
    public static Dictionary<string, Range> Index(ReadOnlySpan<byte> text)
    {
        var index = new Dictionary<string, Range>(900, StringComparer.Ordinal);
        for (var at = 0; at < text.Length;)
        {
            var end = at + text[at..].IndexOf((byte)'\n');
            var tab = at + text[at..end].IndexOf((byte)'\t');
            index[System.Text.Encoding.ASCII.GetString(text[at..tab])] = (tab + 1)..end;
            at = end + 1;
        }

        return index;
    }
}

using System.Text.Json;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The index of the v3 documents. Clients keep a document for as long as its hash stays, so the URL carries it.</summary>
internal static class OpenApiIndex
{
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<(string Path, string Hash)> documents)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartObject("paths");
            foreach (var (path, hash) in documents)
            {
                json.WriteStartObject(path);
                json.WriteString("serverRelativeURL", Url(path, hash));
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    public static string Url(string path, string hash) => $"/openapi/v3/{path}?hash={hash}";
}

using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Minik8s.Api;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Tables;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>Writes the events of one watch in the form that the client has asked for. The object's own bytes are copied as they are.</summary>
internal sealed class WatchWriter(PipeWriter output, ResourceRegistry registry, ResponseForm form, string include, TimeProvider time)
{
    private const int Piece = 64 * 1024;

    private bool _columnsWritten;

    /// <summary>Whether enough waits to be sent.</summary>
    public bool IsFull => output.UnflushedBytes >= Piece;

    public void Event(WatchedEvent watched)
    {
        var (e, seenAs) = watched;
        output.Write(seenAs switch
        {
            CacheEventType.Added => "{\"type\":\"ADDED\",\"object\":"u8,
            CacheEventType.Modified => "{\"type\":\"MODIFIED\",\"object\":"u8,
            _ => "{\"type\":\"DELETED\",\"object\":"u8,
        });
        Object(e, seenAs);
        output.Write("}\n"u8);
    }

    /// <summary>Tells the client that it has everything up to a revision; the first such ends the initial events.</summary>
    public void Bookmark(long revision, bool initial)
    {
        if (revision <= 0) return;
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", "BOOKMARK");
            json.WriteStartObject("object");
            json.WriteString("kind", form switch { ResponseForm.Table => "Table", ResponseForm.PartialMetadata => "PartialObjectMetadata", _ => registry.Resource.Kind.Kind });
            json.WriteString("apiVersion", form == ResponseForm.Object ? registry.Resource.Kind.ApiVersion : "meta.k8s.io/v1");
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", revision.ToString(CultureInfo.InvariantCulture));
            if (initial)
            {
                json.WriteStartObject("annotations");
                json.WriteString("k8s.io/initial-events-end", "true");
                json.WriteEndObject();
            }

            if (form != ResponseForm.Table) json.WriteNull("creationTimestamp");
            json.WriteEndObject();
            if (form == ResponseForm.Table)
            {
                json.WriteNull("columnDefinitions");
                json.WriteStartArray("rows");
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken) => await output.FlushAsync(cancellationToken);

    private void Object(CacheEvent e, CacheEventType seenAs)
    {
        switch (form)
        {
            case ResponseForm.Object:
                output.Write(registry.Present(e).Seen(seenAs).Json);
                break;
            case ResponseForm.Table:
                using (var json = new Utf8JsonWriter(output))
                {
                    TableWriter.Write(json, registry, e.Seen(seenAs), include, time.GetUtcNow(), columns: !_columnsWritten);
                }

                _columnsWritten = true;
                break;
            default:
                using (var json = new Utf8JsonWriter(output))
                using (var document = ObjectJson.Document(registry.Present(e).Seen(seenAs).Json))
                {
                    TableWriter.WritePartial(json, document.RootElement);
                }

                break;
        }
    }
}

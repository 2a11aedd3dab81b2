using System.Globalization;
using System.Text.Json;
using Minik8s.Api;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Tables;

/// <summary>Writes <c>Table</c> objects (meta/v1): columns, and a row an object with its cells and its metadata.</summary>
internal static class TableWriter
{
    public static void Write(Utf8JsonWriter json, ResourceRegistry registry, CachedObject item, string include, DateTimeOffset now, bool columns = true)
    {
        Begin(json, registry, item.Revision.ToString(CultureInfo.InvariantCulture), null, null, columns);
        WriteRow(json, registry, item, include, now);
        End(json);
    }

    /// <summary>Up to the first row.</summary>
    public static void Begin(Utf8JsonWriter json, ResourceRegistry registry, string resourceVersion, string? continuation, long? remaining, bool columns)
    {
        json.WriteStartObject();
        json.WriteString("kind", "Table");
        json.WriteString("apiVersion", "meta.k8s.io/v1");
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", resourceVersion);
        if (continuation is not null) json.WriteString("continue", continuation);
        if (remaining is { } left) json.WriteNumber("remainingItemCount", left);
        json.WriteEndObject();
        if (columns) WriteColumns(json, registry.Resource.Printer);
        else json.WriteNull("columnDefinitions");
        json.WriteStartArray("rows");
    }

    public static void End(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A table of one object of a kind that no registry keeps, such as Scale.</summary>
    public static void WriteOther(Utf8JsonWriter json, ResourceDefinition kind, CachedObject item, string include, DateTimeOffset now)
    {
        using var document = ObjectJson.Document(item.Json);
        json.WriteStartObject();
        json.WriteString("kind", "Table");
        json.WriteString("apiVersion", "meta.k8s.io/v1");
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", item.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteEndObject();
        WriteColumns(json, kind.Printer);
        json.WriteStartArray("rows");
        json.WriteStartObject();
        json.WriteStartArray("cells");
        kind.Printer.WriteCells(document.RootElement, now, json);
        json.WriteEndArray();
        if (include != "None")
        {
            json.WritePropertyName("object");
            if (include == "Object") document.RootElement.WriteTo(json);
            else WritePartial(json, document.RootElement);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>An object's metadata alone, as <c>PartialObjectMetadata</c>.</summary>
    public static void WritePartial(Utf8JsonWriter json, JsonElement obj)
    {
        json.WriteStartObject();
        json.WriteString("kind", "PartialObjectMetadata");
        json.WriteString("apiVersion", "meta.k8s.io/v1");
        json.WritePropertyName("metadata");
        obj.GetProperty("metadata").WriteTo(json);
        json.WriteEndObject();
    }

    private static void WriteColumns(Utf8JsonWriter json, ITablePrinter printer)
    {
        json.WriteStartArray("columnDefinitions");
        foreach (var column in printer.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("type", column.Type);
            json.WriteString("format", column.Format);
            json.WriteString("description", column.Description);
            json.WriteNumber("priority", column.Priority);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteRow(Utf8JsonWriter json, ResourceRegistry registry, CachedObject item, string include, DateTimeOffset now)
    {
        var printed = registry.ForPrinting(item);
        using var document = ObjectJson.Document(printed.Json);
        json.WriteStartObject();
        json.WriteStartArray("cells");
        registry.Resource.Printer.WriteCells(document.RootElement, now, json);
        json.WriteEndArray();
        switch (include)
        {
            case "Object":
                json.WritePropertyName("object");
                json.WriteRawValue(registry.Present(item).Json, skipInputValidation: true);
                break;
            case "None":
                break;
            default:
                json.WritePropertyName("object");
                WriteMetadata(json, registry, item, document);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, ResourceRegistry registry, CachedObject item, JsonDocument printed)
    {
        if (!registry.Converts)
        {
            WritePartial(json, printed.RootElement);
            return;
        }

        using var shown = ObjectJson.Document(registry.Present(item).Json);
        WritePartial(json, shown.RootElement);
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Paths;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.CustomResources;

/// <summary>The columns of a custom kind: the name, and what <c>additionalPrinterColumns</c> asks for, or the age when it asks for nothing.</summary>
internal sealed class CustomResourcePrinter : ITablePrinter
{
    private static readonly TableColumn Name = new("Name", "string", "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names", 0, "name");
    private static readonly TableColumn Age = new("Age", "date", "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata");

    /// <summary>Characters after which no more values are put into a cell.</summary>
    private const int MaxText = 64 * 1024;

    private readonly List<(JsonPath Path, string Type)> _cells = [];

    public CustomResourcePrinter(IEnumerable<JsonObject> columns)
    {
        var headers = new List<TableColumn> { Name };
        foreach (var column in columns)
        {
            if (JsonPath.Parse(column.Text("jsonPath") ?? "", out _) is not { } path) continue;
            var type = column.Text("type") ?? "string";
            headers.Add(new(column.Text("name") ?? "", type, column.Text("description") ?? $"Custom resource definition column (in JSONPath format): {column.Text("jsonPath")}", (int)(column.Number("priority") ?? 0), column.Text("format") ?? ""));
            _cells.Add((path, type));
        }

        if (_cells.Count == 0)
        {
            headers.Add(Age);
            _cells.Add((JsonPath.Parse(".metadata.creationTimestamp", out _)!, "date"));
        }

        Columns = headers;
    }

    public IReadOnlyList<TableColumn> Columns { get; }

    public void WriteCells(JsonElement obj, DateTimeOffset now, Utf8JsonWriter writer)
    {
        writer.WriteStringValue(obj.Get("metadata").Text("name") ?? "");
        foreach (var (path, type) in _cells) Write(writer, [.. path.Find(obj)], type, now);
    }

    private static void Write(Utf8JsonWriter writer, List<JsonElement> found, string type, DateTimeOffset now)
    {
        if (found.Count == 0 || found[0].ValueKind == JsonValueKind.Null)
        {
            writer.WriteNullValue();
            return;
        }

        var value = found[0];
        switch (type)
        {
            case "integer" when value.ValueKind == JsonValueKind.Number:
                writer.WriteNumberValue(value.TryGetInt64(out var whole) ? whole : (long)value.GetDouble());
                break;
            case "number" when value.ValueKind == JsonValueKind.Number:
                value.WriteTo(writer);
                break;
            case "boolean" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                writer.WriteBooleanValue(value.GetBoolean());
                break;
            case "date":
                WriteDate(writer, value, now);
                break;
            case "string":
                // Several values stand side by side, as kubectl's own JSONPath prints them.
                writer.WriteStringValue(Joined(found));
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void WriteDate(Utf8JsonWriter writer, JsonElement value, DateTimeOffset now)
    {
        if (value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var then)) writer.WriteStringValue(HumanDuration.Format(now - then));
        else writer.WriteStringValue("<invalid>");
    }

    private static string Joined(List<JsonElement> found)
    {
        if (found.Count == 1) return Text(found[0]);
        var text = new StringBuilder();
        for (var i = 0; i < found.Count && text.Length < MaxText; i++) text.Append(i > 0 ? "," : "").Append(Text(found[i]));
        return text.ToString();
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number when !value.TryGetInt64(out _) => JsonNumbers.Print(value.GetDouble()),
        JsonValueKind.Null => "",
        _ => JsonNode.Parse(value.GetRawText(), documentOptions: ObjectJson.DocumentOptions)!.ToJsonString(),
    };
}

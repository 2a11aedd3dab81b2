using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;
using Minik8s.Api.Yaml;

namespace Minik8s.Api.Tests.Kinds;

/// <summary>Reads fixtures and takes objects the way that the registry takes them, without a server.</summary>
internal static class KindFixture
{
    /// <summary>The documents of a fixture file.</summary>
    public static List<JsonObject> Read(string folder, string file) =>
        [.. File.ReadAllText(Path.Combine(Folder(folder), file)).Split("\n---\n").Select(Parse)];

    public static IEnumerable<string> Files(string folder) => Directory.GetFiles(Folder(folder)).Select(Path.GetFileName).Order(StringComparer.Ordinal)!;

    public static ResourceDefinition Definition(JsonObject obj) =>
        BuiltInResources.All.Single(r => r.Kind.Kind == obj.Text("kind") && r.Kind.ApiVersion == obj.Text("apiVersion"));

    /// <summary>The object decoded by its schema, with its defaults.</summary>
    public static JsonObject Complete(JsonObject obj)
    {
        var definition = Definition(obj);
        var decoded = ObjectDecoder.Decode(obj, definition.Schema);
        Assert.Empty(decoded.StrictErrors);
        SchemaDefaulter.Apply(decoded.Object, definition.Schema);
        definition.Strategy.ApplyDefaults(decoded.Object);
        return decoded.Object;
    }

    /// <summary>The object as a create stores it.</summary>
    public static JsonObject Created(JsonObject obj)
    {
        var created = Complete(obj);
        created.Ensure("metadata")["uid"] = "6f1c4e0e-4b5d-4a52-9c0e-2a7f4e5d9a10";
        Definition(obj).Strategy.PrepareForCreate(created);
        return created;
    }

    public static List<string> CreateErrors(JsonObject obj)
    {
        var errors = new List<FieldError>();
        ObjectMetaValidation.Validate(obj, Definition(obj), errors);
        Definition(obj).Strategy.ValidateCreate(obj, errors);
        return Texts(errors);
    }

    public static List<string> UpdateErrors(JsonObject obj, JsonObject old, bool status)
    {
        var errors = new List<FieldError>();
        var strategy = Definition(obj).Strategy;
        if (status)
        {
            strategy.PrepareForStatusUpdate(obj, old);
            strategy.ValidateStatusUpdate(obj, old, errors);
        }
        else
        {
            strategy.PrepareForUpdate(obj, old);
            strategy.ValidateUpdate(obj, old, errors);
        }

        return Texts(errors);
    }

    /// <summary>Sets values at JSON pointers; null removes.</summary>
    public static void Set(JsonObject obj, JsonObject? changes)
    {
        foreach (var (pointer, value) in changes ?? [])
        {
            var parts = pointer.Split('/').Skip(1).Select(p => p.Replace("~1", "/")).ToList();
            JsonNode holder = obj;
            foreach (var part in parts.SkipLast(1))
            {
                holder = holder is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : holder[part] ?? holder.AsObject().Ensure(part);
            }

            var last = parts[^1];
            if (holder is JsonArray items)
            {
                var at = int.Parse(last, System.Globalization.CultureInfo.InvariantCulture);
                if (at == items.Count) items.Add(value?.DeepClone());
                else items[at] = value?.DeepClone();
            }
            else if (value is null)
            {
                holder.AsObject().Remove(last);
            }
            else
            {
                holder[last] = value.DeepClone();
            }
        }
    }

    public static (JsonArray Cells, JsonArray Wide) Cells(JsonObject obj, DateTimeOffset now)
    {
        var printer = Definition(obj).Printer;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            using var document = JsonDocument.Parse(obj.ToJsonString());
            printer.WriteCells(document.RootElement, now, writer);
            writer.WriteEndArray();
        }

        var all = JsonNode.Parse(buffer.ToArray())!.AsArray();
        Assert.Equal(printer.Columns.Count, all.Count);
        JsonArray Of(Func<TableColumn, bool> choose) => [.. printer.Columns.Select((c, i) => (c, i)).Where(x => choose(x.c)).Select(x => all[x.i]?.DeepClone())];
        return (Of(c => c.Priority == 0), Of(c => c.Priority > 0));
    }

    public static JsonObject Parse(string yaml) => JsonNode.Parse(YamlDecoder.ToJson(Encoding.UTF8.GetBytes(yaml)))!.AsObject();

    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    private static List<string> Texts(List<FieldError> errors) => [.. errors.Select(e => e.ToString())];
}

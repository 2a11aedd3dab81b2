using System.Text.Json;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Printing;

/// <summary>A table of a kind: columns with the function that gives each cell. A cell is a string, a number or a truth value.</summary>
internal sealed class TablePrinter(params (TableColumn Column, Func<JsonElement, DateTimeOffset, object> Cell)[] columns) : ITablePrinter
{
    public static readonly (TableColumn, Func<JsonElement, DateTimeOffset, object>) Name =
        (new("Name", "string", "Name must be unique within a namespace.", 0, "name"), (o, _) => o.Get("metadata").Text("name") ?? "");

    public static readonly (TableColumn, Func<JsonElement, DateTimeOffset, object>) Age =
        (new("Age", "string", "The time since the object was created."), (o, now) => HumanDuration.Since(o.Get("metadata").Text("creationTimestamp"), now));

    /// <summary>For kinds that Kubernetes gives no columns of their own: name and creation time.</summary>
    public static readonly ITablePrinter Default = new TablePrinter(Name, (new("Created At", "date", "The time when the object was created."), (o, _) => o.Get("metadata").Text("creationTimestamp") ?? ""));

    public IReadOnlyList<TableColumn> Columns { get; } = [.. columns.Select(c => c.Column)];

    public static (TableColumn, Func<JsonElement, DateTimeOffset, object>) Text(string name, string description, Func<JsonElement, string> cell, int priority = 0) =>
        (new(name, "string", description, priority), (o, _) => cell(o));

    public static (TableColumn, Func<JsonElement, DateTimeOffset, object>) Number(string name, string description, Func<JsonElement, long> cell, int priority = 0) =>
        (new(name, "integer", description, priority), (o, _) => cell(o));

    public static (TableColumn, Func<JsonElement, DateTimeOffset, object>) Flag(string name, string description, Func<JsonElement, bool> cell, int priority = 0) =>
        (new(name, "boolean", description, priority), (o, _) => cell(o));

    public void WriteCells(JsonElement obj, DateTimeOffset now, Utf8JsonWriter writer)
    {
        foreach (var (_, cell) in columns)
        {
            var value = cell(obj, now);
            if (value is long number) writer.WriteNumberValue(number);
            else if (value is bool flag) writer.WriteBooleanValue(flag);
            else writer.WriteStringValue(value.ToString());
        }
    }
}

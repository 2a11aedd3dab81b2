using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using Minik8s.Api.Selectors;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>Columns that the tables of workloads share.</summary>
internal static class WorkloadCells
{
    /// <summary>The names of the template's containers; <paramref name="holder"/> finds what has the template.</summary>
    public static (TableColumn, Func<JsonElement, DateTimeOffset, object>) Containers(Func<JsonElement, JsonElement?> holder, int priority = 1) =>
        TablePrinter.Text("Containers", "Names of each container in the template.", o => Join(holder(o), "name"), priority);

    public static (TableColumn, Func<JsonElement, DateTimeOffset, object>) Images(Func<JsonElement, JsonElement?> holder, int priority = 1) =>
        TablePrinter.Text("Images", "Images referenced by each container in the template.", o => Join(holder(o), "image"), priority);

    public static (TableColumn, Func<JsonElement, DateTimeOffset, object>) Selector(string description) =>
        TablePrinter.Text("Selector", description, o => SelectorText(Spec(o).Get("selector")), 1);

    public static JsonElement? Spec(JsonElement obj) => obj.Get("spec");

    public static long Count(JsonElement obj, string part, string field) => obj.Get(part).Number(field);

    public static string SelectorText(JsonElement? selector)
    {
        if (selector is not { ValueKind: JsonValueKind.Object } given) return "<none>";
        return LabelSelector.TryOf(JsonObject.Create(given), out var read) ? read.ToString().OrNone() : "<error>";
    }

    /// <summary>Labels as kubectl shows them: <c>a=b,c=d</c>.</summary>
    public static string LabelText(JsonElement? labels) =>
        string.Join(',', labels.Properties().OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => $"{l.Name}={l.Value.GetString()}")).OrNone();

    private static string Join(JsonElement? holder, string field) => string.Join(',', holder.Get("template").Get("spec").Items("containers").Select(c => c.Text(field)));
}

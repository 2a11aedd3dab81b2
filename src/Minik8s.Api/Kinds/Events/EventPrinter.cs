using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Events;

/// <summary>The row that <c>kubectl get events</c> shows.</summary>
internal static class EventPrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        (new TableColumn("Last Seen", "string", "When the event was seen last."), (e, now) => LastSeen(e, now)),
        TablePrinter.Text("Type", "Type of this event (Normal, Warning).", e => e.Text("type") ?? ""),
        TablePrinter.Text("Reason", "Why the event was recorded.", e => e.Text("reason") ?? ""),
        TablePrinter.Text("Object", "The object that the event is about.", Object),
        TablePrinter.Text("Subobject", "The part of the object.", e => e.Get("involvedObject").Text("fieldPath") ?? "", 1),
        TablePrinter.Text("Source", "The component that reported it.", Source, 1),
        TablePrinter.Text("Message", "What happened.", e => (e.Text("message") ?? "").Trim()),
        (new TableColumn("First Seen", "string", "When the event was seen first.", 1), (e, now) => HumanDuration.Since(e.Text("firstTimestamp") ?? e.Text("eventTime"), now)),
        (new TableColumn("Count", "string", "How often it happened.", 1), (e, _) => Math.Max(1, ((JsonElement?)e).Number("count"))),
        (TablePrinter.Name.Item1 with { Priority = 1 }, TablePrinter.Name.Item2));

    private static string LastSeen(JsonElement e, DateTimeOffset now)
    {
        var last = e.Get("series").Text("lastObservedTime") ?? e.Text("lastTimestamp") ?? e.Text("eventTime");
        var count = ((JsonElement?)e).Number("count");
        var seen = HumanDuration.Since(last, now);
        return count > 1 && e.Text("firstTimestamp") is { } first ? $"{seen} (x{count} over {HumanDuration.Since(first, now)})" : seen;
    }

    private static string Object(JsonElement e) => $"{(e.Get("involvedObject").Text("kind") ?? "").ToLowerInvariant()}/{e.Get("involvedObject").Text("name")}";

    private static string Source(JsonElement e)
    {
        var component = e.Get("source").Text("component") ?? e.Text("reportingComponent") ?? "";
        return e.Get("source").Text("host") is { Length: > 0 } host ? $"{component}, {host}" : component;
    }
}

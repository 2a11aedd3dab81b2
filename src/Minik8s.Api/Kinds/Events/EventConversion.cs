using System.Text.Json.Nodes;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Events;

/// <summary>Events of <c>events.k8s.io/v1</c> are core Events under other names of their fields.</summary>
internal sealed class EventConversion : VersionConversion
{
    private static readonly (string Events, string Core)[] Names =
    [
        ("regarding", "involvedObject"),
        ("note", "message"),
        ("reportingController", "reportingComponent"),
        ("deprecatedSource", "source"),
        ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"),
        ("deprecatedCount", "count"),
    ];

    public override void ToStored(JsonObject obj)
    {
        foreach (var (events, core) in Names) Rename(obj, events, core);
        // Required in the core form, even when it is empty.
        obj.Ensure("involvedObject");
    }

    public override void FromStored(JsonObject obj)
    {
        foreach (var (events, core) in Names) Rename(obj, core, events);
    }

    private static void Rename(JsonObject obj, string from, string to)
    {
        if (!obj.TryGetPropertyValue(from, out var value)) return;
        obj.Remove(from);
        obj[to] = value;
    }
}

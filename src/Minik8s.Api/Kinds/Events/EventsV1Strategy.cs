using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Events;

/// <summary>Events as <c>events.k8s.io/v1</c> takes them: the core's rules, a complete new form without the deprecated fields, and only the series may change.</summary>
internal sealed class EventsV1Strategy(ResourceStrategy stored, VersionConversion conversion) : ConvertedStrategy(stored, conversion)
{
    // As Kubernetes names them in errors, which are about the internal form.
    private static readonly (string Field, string Shown)[] Immutable =
    [
        ("regarding", "involvedObject"), ("reason", "reason"), ("note", "message"), ("deprecatedSource", "source"), ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedCount", "count"), ("type", "type"), ("eventTime", "eventTime"), ("action", "action"), ("related", "related"),
        ("reportingController", "reportingController"), ("reportingInstance", "reportingInstance"),
    ];

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        base.ValidateCreate(obj, errors);
        ValidateSeries(obj, errors);
        if (obj["eventTime"] is null) errors.Required("eventTime");
        var type = obj.Text("type") ?? "";
        if (type is not ("Normal" or "Warning")) errors.Invalid("type", "", $"has invalid value: {type}");
        if (obj["deprecatedFirstTimestamp"] is not null) errors.Invalid("firstTimestamp", "", "needs to be unset");
        if (obj["deprecatedLastTimestamp"] is not null) errors.Invalid("lastTimestamp", "", "needs to be unset");
        if (obj.Number("deprecatedCount") is not (null or 0)) errors.Invalid("count", "", "needs to be unset");
        if (obj.Map("deprecatedSource") is { } source && (source.Text("component") is { Length: > 0 } || source.Text("host") is { Length: > 0 })) errors.Invalid("source", "", "needs to be unset");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        base.ValidateCreate(obj, errors);
        if (!JsonNode.DeepEquals(obj["series"], old["series"])) ValidateSeries(obj, errors);
        foreach (var (field, shown) in Immutable)
        {
            if (!Same(obj[field], old[field])) errors.Invalid(shown, obj[field]?.DeepClone(), "field is immutable");
        }
    }

    /// <summary>What is absent equals what is empty.</summary>
    private static bool Same(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a, b) || (IsEmpty(a) && IsEmpty(b));

    private static bool IsEmpty(JsonNode? node) => node is null or JsonObject { Count: 0 } || node.Text() is "" || node.Number() is 0;

    private static void ValidateSeries(JsonObject obj, ICollection<FieldError> errors)
    {
        if (obj.Map("series") is not { } series) return;
        if ((series.Number("count") ?? 0) < 2) errors.Invalid("series.count", "", "should be at least 2");
        if (series["lastObservedTime"] is null) errors.Required("series.lastObservedTime");
    }
}

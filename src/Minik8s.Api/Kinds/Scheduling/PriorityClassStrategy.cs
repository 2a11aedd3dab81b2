using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Scheduling;

/// <summary>Priority classes: a number and whether it preempts, both fixed; those of the system itself are above what users may define.</summary>
internal sealed class PriorityClassStrategy : ResourceStrategy
{
    public override void PrepareForCreate(JsonObject obj) => obj.Default("value", 0);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var name = obj.Map("metadata").Text("name") ?? "";
        var value = obj.Number("value") ?? 0;
        if (name.StartsWith("system-", StringComparison.Ordinal))
        {
            if (SystemMistake(name, value, obj.Flag("globalDefault")) is { } why) errors.Forbidden("metadata.name", $"priority class names with 'system-' prefix are reserved for system use only. error: {why}");
        }
        else if (value > SystemPriorityClasses.HighestForUsers)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {SystemPriorityClasses.HighestForUsers}");
        }

        if (obj.Text("preemptionPolicy") is { } policy) errors.OneOf("preemptionPolicy", policy, "Never", "PreemptLowerPriority");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        if ((obj.Number("value") ?? 0) != (old.Number("value") ?? 0)) errors.Forbidden("value", "may not be changed in an update.");
        errors.Immutable("preemptionPolicy", obj["preemptionPolicy"], old["preemptionPolicy"]);
    }

    private static string? SystemMistake(string name, long value, bool globalDefault)
    {
        var (known, expected, _) = SystemPriorityClasses.All.FirstOrDefault(c => c.Name == name);
        if (known is null) return $"{name} is not a known system priority class";
        if (value != expected) return $"value of {name} PriorityClass must be {expected}";
        return globalDefault ? $"globalDefault of {name} PriorityClass must be false" : null;
    }
}

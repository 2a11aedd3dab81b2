using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>
/// The behavior of an autoscaler as autoscaling/v1 carries it in an annotation. Kubernetes writes its internal type there, whose field names begin with
/// capitals and which leaves nothing out, and reads the names in any case.
/// </summary>
internal static class BehaviorForm
{
    private static readonly string[] Directions = ["ScaleUp", "ScaleDown"];
    private static readonly string[] Rules = ["StabilizationWindowSeconds", "SelectPolicy", "Policies", "Tolerance"];
    private static readonly string[] Policy = ["Type", "Value", "PeriodSeconds"];

    public static string ToAnnotation(JsonObject behavior)
    {
        var all = new JsonObject();
        foreach (var direction in Directions)
        {
            if (behavior[Camel(direction)] is not JsonObject rules)
            {
                all[direction] = null;
                continue;
            }

            var written = new JsonObject();
            foreach (var field in Rules)
            {
                written[field] = field == "Policies" && rules["policies"] is JsonArray policies
                    ? new JsonArray([.. policies.OfType<JsonObject>().Select(p => new JsonObject(Policy.Select(f => KeyValuePair.Create(f, p[Camel(f)]?.DeepClone()))))])
                    : rules[Camel(field)]?.DeepClone();
            }

            all[direction] = written;
        }

        return all.ToJsonString();
    }

    public static JsonObject FromAnnotation(JsonObject behavior)
    {
        var read = new JsonObject();
        foreach (var direction in Directions)
        {
            if (Find(behavior, direction) is not JsonObject rules) continue;
            var kept = Pick(rules, Rules);
            if (kept["policies"] is JsonArray policies) kept["policies"] = new JsonArray([.. policies.OfType<JsonObject>().Select(p => Pick(p, Policy))]);
            read[Camel(direction)] = kept;
        }

        return read;
    }

    private static JsonObject Pick(JsonObject from, string[] fields)
    {
        var result = new JsonObject();
        foreach (var field in fields)
        {
            if (Find(from, field) is { } value) result[Camel(field)] = value.DeepClone();
        }

        return result;
    }

    private static JsonNode? Find(JsonObject from, string field)
    {
        foreach (var (name, value) in from)
        {
            if (name.Equals(field, StringComparison.OrdinalIgnoreCase)) return value;
        }

        return null;
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>
/// Decides which names a CustomResourceDefinition gets: those that no other of its group has (apiextensions' naming controller), and what its status says
/// of that.
/// </summary>
public static class DefinitionNaming
{
    /// <summary>The status with names and conditions as they have to be now.</summary>
    /// <param name="definition">The CustomResourceDefinition.</param>
    /// <param name="others">The others of its group.</param>
    /// <param name="now">The time of transitions.</param>
    public static JsonObject Status(JsonObject definition, IEnumerable<JsonObject> others, DateTimeOffset now)
    {
        var status = definition.Map("status")?.DeepClone().AsObject() ?? [];
        var (resources, kinds) = Taken(others);
        var wanted = definition.Map("spec").Map("names") ?? [];
        var accepted = status.Map("acceptedNames") ?? [];
        var names = new JsonObject();
        var conflict = Choose("plural", "PluralConflict", resources) ?? Choose("singular", "SingularConflict", resources);
        conflict = ShortNames() ?? conflict;
        conflict = Choose("kind", "KindConflict", kinds) ?? conflict;
        conflict = Choose("listKind", "ListKindConflict", kinds) ?? conflict;
        if (wanted["categories"] is { } categories) names["categories"] = categories.DeepClone();
        status["acceptedNames"] = names;

        if (conflict is { } found) DefinitionConditions.Set(status, "NamesAccepted", "False", found.Reason, found.Message, now);
        else DefinitionConditions.Set(status, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now);
        if (!DefinitionConditions.IsTrue(definition, "Established"))
        {
            if (conflict is null) DefinitionConditions.Set(status, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now);
            else DefinitionConditions.Set(status, "Established", "False", "NotAccepted", "not all names are accepted", now);
        }

        Approval(definition, status, now);
        Structure(definition, status, now);
        return status;

        (string Reason, string Message)? Choose(string field, string reason, HashSet<string> taken)
        {
            var (name, present) = (wanted.Text(field) ?? "", accepted.Text(field) ?? "");
            if (name == present || !taken.Contains(name))
            {
                names[field] = name;
                return null;
            }

            names[field] = present;
            return (reason, $"\"{name}\" is already in use");
        }

        (string Reason, string Message)? ShortNames()
        {
            var mine = Strings(accepted["shortNames"]).ToHashSet();
            var used = Strings(wanted["shortNames"]).Where(s => !mine.Contains(s) && resources.Contains(s)).ToList();
            var kept = used.Count == 0 ? wanted["shortNames"] : accepted["shortNames"];
            if (kept is not null) names["shortNames"] = kept.DeepClone();
            if (used.Count == 0) return null;
            var texts = used.Select(u => $"\"{u}\" is already in use").ToList();
            return ("ShortNamesConflict", texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]");
        }
    }

    private static (HashSet<string> Resources, HashSet<string> Kinds) Taken(IEnumerable<JsonObject> others)
    {
        var (resources, kinds) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var names in others.Select(o => o.Map("status").Map("acceptedNames")))
        {
            resources.UnionWith(new[] { names.Text("plural"), names.Text("singular") }.Concat(Strings(names?["shortNames"])).OfType<string>().Where(n => n.Length > 0));
            kinds.UnionWith(new[] { names.Text("kind"), names.Text("listKind") }.OfType<string>().Where(n => n.Length > 0));
        }

        return (resources, kinds);
    }

    private static void Approval(JsonObject definition, JsonObject status, DateTimeOffset now)
    {
        if (!ApiApproval.IsProtected(definition.Map("spec").Text("group") ?? "")) return;
        var (approved, reason, message) = ApiApproval.Condition(definition);
        DefinitionConditions.Set(status, "KubernetesAPIApprovalPolicyConformant", approved ? "True" : "False", reason, message, now);
    }

    private static void Structure(JsonObject definition, JsonObject status, DateTimeOffset now)
    {
        var violations = new List<string>();
        var i = 0;
        foreach (var version in definition.Map("spec").Items("versions"))
        {
            var path = $"spec.versions[{i++}].schema.openAPIV3Schema";
            if (version.Map("schema").Map("openAPIV3Schema") is { } schema) violations.AddRange(StructuralValidation.Validate(schema, path).Select(e => e.ToString()));
        }

        if (violations.Count == 0) DefinitionConditions.Remove(status, "NonStructuralSchema");
        else DefinitionConditions.Set(status, "NonStructuralSchema", "True", "Violations", violations.Count == 1 ? violations[0] : $"[{string.Join(", ", violations)}]", now);
    }

    private static IEnumerable<string> Strings(JsonNode? node) => node is JsonArray list ? list.Select(n => n.Text() ?? "") : [];
}

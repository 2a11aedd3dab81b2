using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>The managers of an object: <c>metadata.managedFields</c> taken apart.</summary>
public sealed class Managers
{
    private readonly Dictionary<ManagerKey, ManagedSet> _sets = [];

    public int Count => _sets.Count;

    public IEnumerable<KeyValuePair<ManagerKey, ManagedSet>> All => _sets;

    public IReadOnlyCollection<ManagerKey> Keys => [.. _sets.Keys];

    /// <summary>The set of a manager; null when there is none. Setting null or a set without fields removes the manager.</summary>
    public ManagedSet? this[ManagerKey key]
    {
        get => _sets.GetValueOrDefault(key);
        set
        {
            if (value is null || value.Fields.IsEmpty) _sets.Remove(key);
            else _sets[key] = value;
        }
    }

    public Managers Copy()
    {
        var copy = new Managers();
        foreach (var (key, set) in _sets) copy._sets[key] = set;
        return copy;
    }

    /// <exception cref="FormatException">An entry is not one.</exception>
    public static Managers Read(JsonNode? list)
    {
        var managers = new Managers();
        foreach (var node in list as JsonArray ?? [])
        {
            var applies = node.Text("operation") switch
            {
                "Apply" => true,
                "Update" => false,
                _ => throw new FormatException("operation must be `Apply` or `Update`"),
            };
            if (node.Text("apiVersion") is not { Length: > 0 } apiVersion) throw new FormatException("apiVersion must not be empty");
            if (node.Text("fieldsType") is not "FieldsV1") throw new FormatException($"invalid fieldsType \"{node.Text("fieldsType")}\"");
            var key = new ManagerKey(node.Text("manager") ?? "", applies, applies ? "" : apiVersion, node.Text("subresource") ?? "");
            managers._sets[key] = ManagedSet.Read((node as JsonObject)?["fieldsV1"], apiVersion, node.Text("time"));
        }

        return managers;
    }

    /// <summary>The entries in Kubernetes' order: appliers first, then by time, manager, version and subresource. Null when there are none.</summary>
    public JsonArray? Write()
    {
        if (_sets.Count == 0) return null;
        var list = new JsonArray();
        foreach (var (key, set) in _sets
            .OrderBy(s => s.Key.Applies ? 0 : 1)
            .ThenBy(s => s.Value.Time ?? "", StringComparer.Ordinal)
            .ThenBy(s => s.Key.Manager, StringComparer.Ordinal)
            .ThenBy(s => s.Value.ApiVersion, StringComparer.Ordinal)
            .ThenBy(s => s.Key.Subresource, StringComparer.Ordinal))
        {
            var entry = new JsonObject { ["manager"] = key.Manager, ["operation"] = key.Applies ? "Apply" : "Update", ["apiVersion"] = set.ApiVersion };
            if (set.Time is { } time) entry["time"] = time;
            entry["fieldsType"] = "FieldsV1";
            entry["fieldsV1"] = set.WriteFields();
            if (key.Subresource.Length > 0) entry["subresource"] = key.Subresource;
            list.Add((JsonNode)entry);
        }

        return list;
    }
}

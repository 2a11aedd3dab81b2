using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// The JSON form of a field set (meta/v1 <c>FieldsV1</c>): an object with an entry for each element; <c>{}</c> is a member with nothing below it,
/// and <c>"."</c> stands for the element itself where there is something below.
/// </summary>
public static class FieldsV1
{
    private const string Self = ".";

    public static JsonObject Write(FieldSet set) => Write(set, self: false);

    /// <exception cref="FormatException">It is not the JSON of a field set.</exception>
    public static FieldSet Read(JsonNode? json)
    {
        if (json is null) return FieldSet.Empty;
        return Read(json, out _) ?? FieldSet.Empty;
    }

    private static JsonObject Write(FieldSet set, bool self)
    {
        var json = new JsonObject();
        if (self) json[Self] = new JsonObject();
        foreach (var node in set.Nodes) json[node.Element.Serialise()] = node.Children is null ? new JsonObject() : Write(node.Children, node.Member);
        return json;
    }

    private static FieldSet? Read(JsonNode? json, out bool member)
    {
        member = false;
        if (json is not JsonObject map) throw new FormatException("fields are not an object");
        FieldSetBuilder? builder = null;
        try
        {
            foreach (var (key, value) in map)
            {
                if (key == Self)
                {
                    member = true;
                    continue;
                }

                if (PathElement.Parse(key) is not { } element) continue;
                var children = Read(value, out var itself);
                (builder ??= new()).Add(element, itself, children);
            }
        }
        catch (ArgumentException e)
        {
            // The nodes of a parsed text find a repeated name only when they are first looked at.
            throw new FormatException("fields have an entry twice", e);
        }

        member |= builder is null;
        return builder?.Build();
    }
}

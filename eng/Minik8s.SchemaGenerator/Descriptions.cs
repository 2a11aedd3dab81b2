using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Minik8s.SchemaGenerator;

/// <summary>The descriptions of types and fields, from the models' documentation file.</summary>
internal sealed partial class Descriptions
{
    private readonly Dictionary<string, string> _members = [];

    public Descriptions(string path)
    {
        foreach (var member in XDocument.Load(path).Descendants("member"))
        {
            if (member.Element("summary")?.Value is { } text) _members[member.Attribute("name")!.Value] = Space().Replace(text, " ").Trim();
        }
    }

    /// <summary>Field descriptions by JSON name; the type's own under the empty name.</summary>
    public JsonObject Of(Definition definition)
    {
        var texts = new JsonObject();
        if (_members.TryGetValue("T:" + definition.Model.FullName, out var own)) texts[""] = own;
        foreach (var field in definition.Fields)
        {
            if (_members.TryGetValue($"P:{definition.Model.FullName}.{field.PropertyName}", out var text)) texts[field.JsonName] = text;
        }

        return texts;
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Space();
}

using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Minik8s.SchemaGenerator;

/// <summary>The descriptions of types and fields, from the models' documentation file.</summary>
internal sealed class Descriptions
{
    /// <summary>The width at which the documentation file breaks lines.</summary>
    private const int Width = 80;

    private readonly Dictionary<string, string> _members = [];

    public Descriptions(string path)
    {
        foreach (var member in XDocument.Load(path, LoadOptions.PreserveWhitespace).Descendants("member"))
        {
            if (member.Element("summary")?.Value is { } text) _members[member.Attribute("name")!.Value] = Unwrap(text);
        }
    }

    /// <summary>Field descriptions by JSON name; the type's own under the empty name.</summary>
    public JsonObject Of(Definition definition)
    {
        var texts = new JsonObject();
        if (definition.Model is null) return texts;
        if (_members.TryGetValue("T:" + definition.Model.FullName, out var own)) texts[""] = own;
        foreach (var field in definition.Fields)
        {
            if (_members.TryGetValue($"P:{definition.Model.FullName}.{field.PropertyName}", out var text)) texts[field.JsonName] = text;
        }

        return texts;
    }

    /// <summary>
    /// Takes the line breaks out that only keep to the width. A break is one of the text's own when the next word would have fitted before it.
    /// </summary>
    private static string Unwrap(string text)
    {
        var lines = text.Trim('\n').Split('\n');
        var indent = lines.Where(l => l.Trim().Length > 0).Select(l => l.Length - l.TrimStart().Length).DefaultIfEmpty(0).Min();
        lines = [.. lines.Select(l => (l.Length > indent ? l[indent..] : "").TrimEnd())];
        var result = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            if (i > 0)
            {
                var word = lines[i].TrimStart().Split(' ')[0];
                var wrapped = lines[i].Length > 0 && lines[i - 1].Length > 0 && lines[i - 1].Length + 1 + word.Length > Width;
                result.Append(wrapped ? ' ' : '\n');
            }

            result.Append(lines[i]);
        }

        return result.ToString().Trim();
    }
}

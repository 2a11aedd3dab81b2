using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Minik8s.Host.Configuration;

/// <summary>The configuration file: a flat YAML mapping from setting names to a value or a list of values.</summary>
internal sealed class ConfigFile
{
    private readonly Dictionary<string, IReadOnlyList<string>> _values;

    private ConfigFile(Dictionary<string, IReadOnlyList<string>> values) => _values = values;

    public static ConfigFile Empty { get; } = new([]);

    /// <exception cref="UsageException">The file cannot be read, is not a mapping, or names a setting that does not exist.</exception>
    public static ConfigFile Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the configuration file {path}: {e.Message}");
        }
    }

    public static ConfigFile Parse(string text, string path)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}, line {e.Start.Line}: {e.Message}");
        }

        if (yaml.Documents.Count == 0) return Empty;
        if (yaml.Documents[0].RootNode is not YamlMappingNode root) throw new UsageException($"{path}: expected a mapping of setting names to values");

        var known = SettingGroups.All.Select(o => o.Name[2..]).Where(n => n != "config").ToHashSet();
        var values = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (key, value) in root.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (!known.Contains(name))
            {
                throw new UsageException($"{path}, line {key.Start.Line}: there is no setting \"{name}\"; the names are those of the flags without dashes (see minik8s up --help)");
            }

            values[name] = value switch
            {
                YamlScalarNode scalar => [scalar.Value ?? ""],
                YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) => [.. list.Children.Select(c => ((YamlScalarNode)c).Value ?? "")],
                _ => throw new UsageException($"{path}, line {value.Start.Line}: \"{name}\" takes a value or a list of values"),
            };
        }

        return new(values);
    }

    /// <summary>The values given for a setting; null when the file does not name it.</summary>
    public IReadOnlyList<string>? Find(string name) => _values.GetValueOrDefault(name);
}

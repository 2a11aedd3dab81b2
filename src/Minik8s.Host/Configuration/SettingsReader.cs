using System.CommandLine;
using System.Globalization;

namespace Minik8s.Host.Configuration;

/// <summary>Reads a setting from the command line, else from the configuration file, else its default.</summary>
internal sealed class SettingsReader
{
    private readonly ParseResult _commandLine;
    private readonly ConfigFile _file;

    public SettingsReader(ParseResult commandLine)
    {
        _commandLine = commandLine;
        _file = commandLine.GetValue(Settings.Config) is { } path ? ConfigFile.Load(path) : ConfigFile.Empty;
    }

    public string Get(Option<string> option) => FromFile(option) is [var value, ..] ? value : _commandLine.GetValue(option) ?? "";

    public string? GetOptional(Option<string?> option) => FromFile(option) is [var value, ..] ? value : _commandLine.GetValue(option);

    public string[] Get(Option<string[]> option) => FromFile(option)?.ToArray() ?? _commandLine.GetValue(option) ?? [];

    public bool Get(Option<bool> option) => FromFile(option) switch
    {
        ["true" or "yes" or "on"] => true,
        ["false" or "no" or "off"] => false,
        [var other, ..] => throw new UsageException($"{option.Name[2..]}: \"{other}\" is neither true nor false"),
        _ => _commandLine.GetValue(option),
    };

    public int Get(Option<int> option)
    {
        if (FromFile(option) is not [var text, ..]) return _commandLine.GetValue(option);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UsageException($"{option.Name[2..]}: \"{text}\" is not a number");
    }

    private IReadOnlyList<string>? FromFile(Option option) =>
        _commandLine.GetResult(option) is { Implicit: false } ? null : _file.Find(option.Name[2..]);
}

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

    public string Get(Option<string> option) => FromFile(option) is [var value, ..] ? value : Given(option) ?? "";

    public string? GetOptional(Option<string?> option) => FromFile(option) is [var value, ..] ? value : Given(option);

    public string[] Get(Option<string[]> option) => FromFile(option)?.ToArray() ?? Given(option) ?? [];

    public bool Get(Option<bool> option) => FromFile(option) switch
    {
        ["true" or "yes" or "on"] => true,
        ["false" or "no" or "off"] => false,
        [var other, ..] => throw new UsageException($"{option.Name[2..]}: \"{other}\" is neither true nor false"),
        _ => Given(option),
    };

    public int Get(Option<int> option)
    {
        if (FromFile(option) is not [var text, ..]) return Given(option);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UsageException($"{option.Name[2..]}: \"{text}\" is not a number");
    }

    /// <summary>From the command line; a setting that the command does not offer has its default.</summary>
    private T? Given<T>(Option<T> option) =>
        _commandLine.CommandResult.Command.Options.Contains(option) ? _commandLine.GetValue(option) : option.HasDefaultValue ? (T?)option.GetDefaultValue() : default;

    private IReadOnlyList<string>? FromFile(Option option) =>
        _commandLine.GetResult(option) is { Implicit: false } ? null : _file.Find(option.Name[2..]);
}

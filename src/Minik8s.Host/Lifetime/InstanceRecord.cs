using System.Text.Json;
using System.Text.Json.Serialization;
using Minik8s.Host.Configuration;

namespace Minik8s.Host.Lifetime;

/// <summary>What <c>minik8s down</c> must know to undo a start, kept in the data directory.</summary>
internal sealed record InstanceRecord
{
    public required string RunDir { get; init; }

    public required string LogDir { get; init; }

    public required string AdminKubeconfig { get; init; }

    public string? UserKubeconfig { get; init; }

    public string? Context { get; init; }

    public required string BridgeName { get; init; }

    public required string PodCidr { get; init; }

    public required string CgroupRoot { get; init; }

    public string? RuntimeEndpoint { get; init; }

    public string? ProxyTable { get; init; }

    public static InstanceRecord From(HostOptions options, string? userKubeconfig, string? context) => new()
    {
        RunDir = options.Layout.RunDir,
        LogDir = options.Layout.LogDir,
        AdminKubeconfig = options.Layout.AdminKubeconfig,
        UserKubeconfig = userKubeconfig,
        Context = context,
        BridgeName = options.BridgeName,
        PodCidr = options.PodCidr.ToString(),
        CgroupRoot = options.CgroupRoot,
        RuntimeEndpoint = options.RuntimeEndpoint,
        ProxyTable = options.ProxyTable,
    };

    /// <summary>The settings of the last start, as far as taking it down needs them.</summary>
    public HostOptions ToOptions(string dataDir)
    {
        var command = new System.CommandLine.RootCommand();
        foreach (var option in SettingGroups.All) command.Options.Add(option);
        var arguments = new List<string>
        {
            "--data-dir", dataDir, "--run-dir", RunDir, "--log-dir", LogDir, "--admin-kubeconfig", AdminKubeconfig, "--bridge-name", BridgeName, "--pod-cidr", PodCidr, "--cgroup-root", CgroupRoot,
        };
        if (UserKubeconfig is { } user) arguments.AddRange(["--user-kubeconfig", user]);
        if (Context is { } context) arguments.AddRange(["--context", context]);
        if (RuntimeEndpoint is { } endpoint) arguments.AddRange(["--container-runtime-endpoint", endpoint]);
        if (ProxyTable is { } table) arguments.AddRange(["--proxy-table", table]);
        return HostOptions.From(new SettingsReader(command.Parse(arguments)));
    }

    /// <summary>The record of the last start on this data directory; null when there was none.</summary>
    public static InstanceRecord? Load(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), InstanceJson.Default.InstanceRecord);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is damaged ({e.Message}); remove it and give the flags of the last start to `minik8s down`");
        }
    }

    public void Save(string path)
    {
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(this, InstanceJson.Default.InstanceRecord));
        File.Move(temporary, path, overwrite: true);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InstanceRecord))]
internal sealed partial class InstanceJson : JsonSerializerContext;

using Minik8s.Testing.Cluster;

namespace Minik8s.Testing;

/// <summary>Runs scripts of <c>test/Minik8s.JavaScript</c>, which use the official JavaScript client.</summary>
public static class JavaScript
{
    private static readonly Lazy<Task<string>> Prepared = new(PrepareAsync);

    /// <summary>Runs a script; its packages are installed first where they are not there.</summary>
    public static async Task<ProcessResult> RunAsync(string script, params string[] arguments) => await Shell.RunAsync("node", [Path.Combine(await Prepared.Value, script), .. arguments], null);

    private static async Task<string> PrepareAsync()
    {
        var folder = Path.Combine(Repository.Root, "test/Minik8s.JavaScript");
        var (wanted, installed) = (Path.Combine(folder, "package-lock.json"), Path.Combine(folder, "node_modules/.package-lock.json"));
        if (!File.Exists(installed) || File.GetLastWriteTimeUtc(installed) < File.GetLastWriteTimeUtc(wanted)) (await Shell.RunAsync("npm", ["ci", "--prefix", folder], null)).Succeeded();
        return folder;
    }
}

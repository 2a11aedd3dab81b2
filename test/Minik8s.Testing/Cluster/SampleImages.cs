namespace Minik8s.Testing.Cluster;

/// <summary>The images of the samples, made once for a test process.</summary>
public static class SampleImages
{
    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    /// <summary>A folder of image archives.</summary>
    public static Task<string> FolderAsync() => Made.Value;

    private static async Task<string> MakeAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"mk8s-images-{Environment.ProcessId}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        };
        (await Shell.RunAsync(Path.Combine(Repository.Root, "samples/images/build.sh"), [folder, Repository.Executable])).Succeeded();
        return folder;
    }
}

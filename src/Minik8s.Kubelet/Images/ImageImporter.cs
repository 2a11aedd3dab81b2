using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Minik8s.Kubelet.Images;

/// <summary>
/// Imports image archives into the runtime: our pause image, and every <c>*.tar</c> in a folder, at the start and when one appears. An archive that has
/// not changed since its last import is passed over.
/// </summary>
internal sealed partial class ImageImporter(string socket, string stampDirectory, ILogger<ImageImporter> logger)
{
    /// <summary>Imports the pause image, unless this version of it is there.</summary>
    public async Task ImportPauseAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(stampDirectory);
        var archive = Path.Combine(stampDirectory, "pause.tar");
        using (var content = new MemoryStream())
        {
            PauseImage.Write(content);
            if (!File.Exists(archive) || !(await File.ReadAllBytesAsync(archive, cancellationToken)).AsSpan().SequenceEqual(content.ToArray())) await File.WriteAllBytesAsync(archive, content.ToArray(), cancellationToken);
        }

        await ImportAsync(archive, cancellationToken);
    }

    /// <summary>Imports the archives of a folder, then those that appear or change there, until cancelled.</summary>
    public async Task RunAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        using var changes = new SemaphoreSlim(1);
        using var watcher = new FileSystemWatcher(folder, "*.tar") { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        void Changed(object sender, FileSystemEventArgs e)
        {
            if (changes.CurrentCount == 0) changes.Release();
        }

        watcher.Created += Changed;
        watcher.Changed += Changed;
        watcher.Renamed += Changed;
        watcher.EnableRaisingEvents = true;
        while (true)
        {
            await changes.WaitAsync(cancellationToken);
            await ImportFolderAsync(folder, cancellationToken);
        }
    }

    /// <summary>Imports the archives that a folder holds now.</summary>
    public async Task ImportFolderAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var archive in Directory.GetFiles(folder, "*.tar").Order(StringComparer.Ordinal))
        {
            try
            {
                await ImportAsync(archive, cancellationToken);
            }
            catch (InvalidOperationException e)
            {
                // One bad archive must not keep the node from starting; a half-written one is imported when it is whole.
                LogBad(archive, e.Message);
            }
        }
    }

    private async Task ImportAsync(string archive, CancellationToken cancellationToken)
    {
        var file = new FileInfo(archive);
        var stamp = Path.Combine(stampDirectory, file.Name + ".imported");
        var state = $"{file.Length} {file.LastWriteTimeUtc.Ticks}";
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, cancellationToken) == state) return;
        var start = new ProcessStartInfo("ctr") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "--address", socket, "--namespace", "k8s.io", "images", "import", archive }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("ctr did not start");
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new InvalidOperationException((await error).Trim());
        Directory.CreateDirectory(stampDirectory);
        await File.WriteAllTextAsync(stamp, state, cancellationToken);
        LogImported(archive);
    }

    [LoggerMessage(LogLevel.Information, "Imported the images of {Archive}")]
    private partial void LogImported(string archive);

    [LoggerMessage(LogLevel.Warning, "The image archive {Archive} cannot be imported: {Reason}")]
    private partial void LogBad(string archive, string reason);
}

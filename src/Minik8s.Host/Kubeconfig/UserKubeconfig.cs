using System.Globalization;
using System.Text;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Kubeconfig;

/// <summary>
/// Enters a context into a user's own kubeconfig and takes it out again, leaving everything else there as it is. Our entries carry an extension
/// with the installation's name, by which they are known again.
/// </summary>
/// <remarks>Files are chosen as kubectl does (<c>KUBECONFIG</c>, a list of paths, else <c>~/.kube/config</c>), and locked as client-go does (<c>config.lock</c>).</remarks>
public sealed class UserKubeconfig(UserKubeconfigOptions options, TimeProvider time)
{
    private const int LockAttempts = 40;
    private static readonly TimeSpan LockWait = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Enters the context, or brings the one entered before up to date. A name that something else already has is not touched: the next free of
    /// <c>minik8s-2</c>, <c>minik8s-3</c>… is taken. <c>current-context</c> is set only if there was none.
    /// </summary>
    /// <returns>What was entered; null when there is no file to enter it into (no home directory, or <c>KUBECONFIG</c> names only our own files).</returns>
    /// <exception cref="KubeconfigException">The file cannot be read, is not a kubeconfig, or cannot be written. Nothing was changed.</exception>
    public async Task<MergedContext?> MergeAsync(KubeconfigCredentials credentials, CancellationToken cancellationToken)
    {
        var paths = CandidatePaths();
        if (paths.Count == 0) return null;
        var all = new Dictionary<string, KubeconfigDocument>();
        foreach (var path in paths)
        {
            try
            {
                if (await ReadAsync(path, cancellationToken) is { } document) all[path] = document;
            }
            catch (KubeconfigException) when (paths.Count > 1)
            {
                // kubectl reads the others too, and says itself what is wrong with this one.
            }
        }

        // Where we are already; else the first that exists; else the last of the list, which kubectl would make.
        var target = paths.FirstOrDefault(p => all.TryGetValue(p, out var d) && d.OurContext(options.Installation) is not null)
            ?? paths.FirstOrDefault(all.ContainsKey)
            ?? paths.LastOrDefault(p => !File.Exists(p))
            ?? paths[^1];
        return await ChangeAsync(
            target,
            document =>
            {
                all[target] = document;
                var former = document.OurContext(options.Installation);
                var wasCurrent = former is not null && document.CurrentContext == former;
                document.Remove(options.Installation);
                var name = FreeName(former, all.Values);
                document.Add(name, name, credentials, options.Installation);
                if (wasCurrent || all.Values.All(d => d.CurrentContext is null)) document.CurrentContext = name;
                var effective = paths.Select(p => all.GetValueOrDefault(p)?.CurrentContext).FirstOrDefault(c => c is not null);
                return (true, new MergedContext(target, name, effective == name));
            },
            cancellationToken);
    }

    /// <summary>Takes our entries out of a kubeconfig; a file in which nothing else is left is deleted.</summary>
    /// <param name="path">The file that <see cref="MergeAsync"/> named; null for those that it would choose from now.</param>
    /// <param name="cancellationToken">Ends the waiting and writing.</param>
    /// <returns>Whether there was anything of ours.</returns>
    /// <exception cref="KubeconfigException">A file cannot be read or written.</exception>
    public async Task<bool> RemoveAsync(string? path, CancellationToken cancellationToken)
    {
        var removed = false;
        foreach (var candidate in path is null ? CandidatePaths() : [path])
        {
            // Looking first keeps files that have nothing of ours unlocked and unwritten.
            if (await ReadAsync(candidate, cancellationToken) is not { } present || !present.Remove(options.Installation)) continue;
            removed |= await ChangeAsync(candidate, document => (document.Remove(options.Installation), true), cancellationToken);
        }

        return removed;
    }

    /// <summary>The files that kubectl reads for this user, in its order, without our own.</summary>
    internal IReadOnlyList<string> CandidatePaths()
    {
        var own = options.OwnFiles.Select(Path.GetFullPath).ToHashSet();
        IEnumerable<string> paths = options.Environment("KUBECONFIG") is { Length: > 0 } list
            ? list.Split(':', StringSplitOptions.RemoveEmptyEntries)
            : HomeDirectory() is { } home ? [Path.Combine(home, ".kube", "config")] : [];
        return [.. paths.Select(Path.GetFullPath).Where(p => !own.Contains(p)).Distinct()];
    }

    private static async Task<KubeconfigDocument?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return KubeconfigDocument.Parse(await File.ReadAllTextAsync(path, cancellationToken), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"The kubeconfig {path} cannot be read: {e.Message}", e);
        }
    }

    private string FreeName(string? former, IReadOnlyCollection<KubeconfigDocument> documents)
    {
        bool Free(string name) => !documents.Any(d => d.HasForeign(name, options.Installation));
        if (former is not null && Free(former)) return former;
        var candidate = options.ContextName;
        for (var number = 2; !Free(candidate); number++) candidate = string.Create(CultureInfo.InvariantCulture, $"{options.ContextName}-{number}");
        return candidate;
    }

    private async Task<T> ChangeAsync<T>(string path, Func<KubeconfigDocument, (bool Changed, T Result)> change, CancellationToken cancellationToken)
    {
        try
        {
            // A kubeconfig is often a link into a directory of settings: the file behind it is replaced, not the link.
            var file = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            EnsureDirectory(Path.GetDirectoryName(file)!);
            var locked = file + ".lock";
            await TakeLockAsync(locked, cancellationToken);
            try
            {
                var document = await ReadAsync(file, cancellationToken) ?? new KubeconfigDocument();
                var (changed, result) = change(document);
                if (changed) await StoreAsync(file, document, cancellationToken);
                return result;
            }
            finally
            {
                File.Delete(locked);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"The kubeconfig {path} cannot be written: {e.Message}", e);
        }
    }

    private async Task StoreAsync(string file, KubeconfigDocument document, CancellationToken cancellationToken)
    {
        if (document.IsEmpty)
        {
            File.Delete(file);
            return;
        }

        var exists = File.Exists(file);
        var mode = exists ? File.GetUnixFileMode(file) : AtomicFile.PrivateFile;
        var owner = exists ? FileOwner.Of(file) : Invoker();
        await AtomicFile.WriteAsync(file, Encoding.UTF8.GetBytes(document.ToYaml()), mode, cancellationToken, temporary => owner?.ApplyTo(temporary));
    }

    private void EnsureDirectory(string directory)
    {
        if (Directory.Exists(directory)) return;
        EnsureDirectory(Path.GetDirectoryName(directory) ?? throw new IOException($"there is no directory above {directory}"));
        Directory.CreateDirectory(directory, AtomicFile.PrivateDirectory);
        Invoker()?.ApplyTo(directory);
    }

    private async Task TakeLockAsync(string locked, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                new FileStream(locked, FileMode.CreateNew, FileAccess.Write).Dispose();
                return;
            }
            catch (IOException) when (File.Exists(locked))
            {
                if (attempt == LockAttempts) throw new IOException($"another program holds its lock {locked}; if none does, remove that file");
                await Task.Delay(LockWait, time, cancellationToken);
            }
        }
    }

    /// <summary>Who ran us through sudo; null if nobody did.</summary>
    private FileOwner? Invoker() =>
        options.Environment("SUDO_USER") is { Length: > 0 }
        && uint.TryParse(options.Environment("SUDO_UID"), CultureInfo.InvariantCulture, out var user)
        && uint.TryParse(options.Environment("SUDO_GID"), CultureInfo.InvariantCulture, out var group)
            ? new FileOwner(user, group)
            : null;

    private string? HomeDirectory()
    {
        if (options.Environment("SUDO_USER") is { Length: > 0 } name && Invoker() is not null && File.Exists(options.PasswdFile))
        {
            // name:password:uid:gid:comment:home:shell (passwd(5)); a user from elsewhere (LDAP) is not listed there.
            var home = File.ReadLines(options.PasswdFile).Select(l => l.Split(':')).FirstOrDefault(f => f.Length >= 6 && f[0] == name)?[5];
            if (home is { Length: > 0 }) return home;
        }

        return options.Environment("HOME") is { Length: > 0 } own ? own : null;
    }
}

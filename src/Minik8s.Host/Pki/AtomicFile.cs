namespace Minik8s.Host.Pki;

/// <summary>Writes whole files such that a reader, or a start after a crash, sees the old content or the new, never a part.</summary>
internal static class AtomicFile
{
    public const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;

    /// <summary>Writes <paramref name="content"/> beside <paramref name="path"/>, syncs it, lets <paramref name="prepare"/> adjust the new file, and renames it over the old one.</summary>
    /// <exception cref="IOException">The directory or disk refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory or file may not be written.</exception>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, CancellationToken cancellationToken, Action<string>? prepare = null)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            };
            await using (var file = new FileStream(temporary, options))
            {
                await file.WriteAsync(content, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            // The process's umask may have taken bits away.
            File.SetUnixFileMode(temporary, mode);
            prepare?.Invoke(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            // After the rename there is nothing left to delete.
            File.Delete(temporary);
        }
    }
}

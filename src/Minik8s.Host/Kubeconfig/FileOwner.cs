using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Minik8s.Host.Kubeconfig;

/// <summary>The user and group that own a file.</summary>
internal readonly partial record struct FileOwner(uint User, uint Group)
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint UserAndGroup = 0x18; // STATX_UID | STATX_GID

    /// <exception cref="IOException">The file cannot be examined.</exception>
    public static FileOwner Of(string path)
    {
        // struct statx has the same layout on every architecture: stx_uid at 20, stx_gid at 24.
        Span<byte> buffer = stackalloc byte[256];
        if (StatX(CurrentDirectory, path, 0, UserAndGroup, ref MemoryMarshal.GetReference(buffer)) != 0) throw Failure(path);
        return new(MemoryMarshal.Read<uint>(buffer[20..]), MemoryMarshal.Read<uint>(buffer[24..]));
    }

    /// <exception cref="IOException">The owner cannot be changed.</exception>
    public void ApplyTo(string path)
    {
        if (Of(path) != this && ChOwn(path, User, Group) != 0) throw Failure(path);
    }

    private static IOException Failure(string path) => new($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, ref byte buffer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChOwn(string path, uint user, uint group);
}

using System.Runtime.InteropServices;

namespace Minik8s.Linux.Files;

/// <summary>
/// rename(2), which puts one name in the place of another in one step. .NET's <c>File.Move</c> follows symbolic links to see whether there is a file to move, and so
/// refuses a link to a directory.
/// </summary>
public static partial class AtomicRename
{
    /// <exception cref="IOException">The kernel has refused.</exception>
    public static void Replace(string source, string destination)
    {
        if (Rename(source, destination) == 0) return;
        throw new IOException($"{source} could not be renamed to {destination}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string source, string destination);
}

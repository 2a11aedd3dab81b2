using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Minik8s.Kubelet.Logs;

/// <summary>Which file it is, whatever its name: device and inode.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    // From linux/stat.h and fcntl.h; statx has one layout on all architectures.
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint WantInode = 0x100;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int StructSize = 256;
    private const int NoSuchFile = 2;

    /// <summary>The identity of an open file.</summary>
    public static FileIdentity Of(SafeFileHandle file)
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            return Read((int)file.DangerousGetHandle(), "", EmptyPath) ?? throw new IOException("an open file has no inode");
        }
        finally
        {
            if (added) file.DangerousRelease();
        }
    }

    /// <summary>The identity of the file that has this name now; null when none has.</summary>
    public static FileIdentity? At(string path) => Read(CurrentDirectory, path, 0);

    private static FileIdentity? Read(int directory, string path, int flags)
    {
        var result = new byte[StructSize];
        if (Statx(directory, Encoding.UTF8.GetBytes(path + '\0'), flags, WantInode, result) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == NoSuchFile ? null : throw new IOException($"stat {path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        return new(BitConverter.ToUInt64(result, DeviceOffset), BitConverter.ToUInt64(result, InodeOffset));
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] result);
}

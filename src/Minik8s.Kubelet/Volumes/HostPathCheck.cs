using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Volumes;

/// <summary>Makes or checks a path of the host as the volume's type demands.</summary>
internal static class HostPathCheck
{
    public static void Ensure(string volume, string path, string type)
    {
        switch (type)
        {
            case "":
                break;
            case "DirectoryOrCreate":
                Directory.CreateDirectory(path);
                break;
            case "FileOrCreate":
                if (!File.Exists(path)) File.WriteAllBytes(path, []);
                break;
            case "Directory" when !Directory.Exists(path):
                throw Failed(volume, $"{path} is not a directory");
            case "File" when !File.Exists(path):
                throw Failed(volume, $"{path} is not a file");
            case "Socket" when !Is(path, 0xC000):
                throw Failed(volume, $"{path} is not a socket");
            case "CharDevice" when !Is(path, 0x2000):
                throw Failed(volume, $"{path} is not a character device");
            case "BlockDevice" when !Is(path, 0x6000):
                throw Failed(volume, $"{path} is not a block device");
        }
    }

    private static bool Is(string path, int format)
    {
        if (!File.Exists(path)) return false;
        var attributes = new FileInfo(path).Attributes;
        return format == 0xC000 ? !attributes.HasFlag(FileAttributes.Directory) && new FileInfo(path).Length == 0 : attributes.HasFlag(FileAttributes.Device);
    }

    private static PodSetupException Failed(string volume, string why) => new("FailedMount", $"MountVolume.SetUp failed for volume \"{volume}\" : hostPath type check failed: {why}");
}

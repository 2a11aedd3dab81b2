using System.CommandLine;
using Minik8s.Host.Configuration;
using Minik8s.Kubelet.Images;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s image pack</c>: makes an image archive from a directory, without a container engine or a registry.</summary>
internal static class ImageCommand
{
    public static Command Create()
    {
        var root = new Option<string>("--root") { Description = "Directory that becomes the root of the image.", HelpName = "dir", Required = true };
        var tag = new Option<string>("--tag") { Description = "Full name of the image: docker.io/library/name:1.", HelpName = "name", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "Archive to write.", HelpName = "file", Required = true };
        var entrypoint = Many("--entrypoint", "Word of the entry point; may be repeated.", "word");
        var cmd = Many("--cmd", "Word of the default command; may be repeated.", "word");
        var env = Many("--env", "Environment variable NAME=value; may be repeated.", "name=value");
        var expose = Many("--expose", "Port that the image serves, such as 80 or 53/udp; may be repeated.", "port");
        var workdir = new Option<string?>("--workdir") { Description = "Working directory.", HelpName = "dir" };
        var user = new Option<string?>("--user") { Description = "User that it runs as. Default: root.", HelpName = "user" };
        var pack = new Command("pack", "Makes an image archive from a directory; put it into the images folder of a node to use it.") { root, tag, output, entrypoint, cmd, env, expose, workdir, user };
        pack.SetAction((result, _) => UsageErrors.ReportAsync(() =>
        {
            var directory = result.GetValue(root)!;
            if (!Directory.Exists(directory)) throw new UsageException($"--root: there is no directory {directory}");
            var path = result.GetValue(output)!;
            using (var archive = File.Create(path + ".part"))
            {
                OciImageWriter.WriteDirectory(archive, directory, new OciImage
                {
                    Tag = result.GetValue(tag)!,
                    Entrypoint = result.GetValue(entrypoint) ?? [],
                    Command = result.GetValue(cmd) ?? [],
                    Environment = result.GetValue(env) ?? [],
                    ExposedPorts = result.GetValue(expose) ?? [],
                    WorkingDirectory = result.GetValue(workdir) ?? "",
                    User = result.GetValue(user) ?? "",
                });
            }

            // A node that watches the folder must never see half an archive.
            File.Move(path + ".part", path, overwrite: true);
            return Task.FromResult(0);
        }));
        return new Command("image", "Works on image archives.") { pack };
    }

    private static Option<string[]> Many(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName, AllowMultipleArgumentsPerToken = false };
}

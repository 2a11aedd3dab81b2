using System.CommandLine;

namespace Minik8s.Host.Commands;

/// <summary>The command line of the executable.</summary>
internal static class RootCommandFactory
{
    public static RootCommand Create()
    {
        var root = new RootCommand("A Kubernetes cluster in one executable. `minik8s up` runs a whole cluster on this machine.");
        foreach (var command in RoleCommands.All) root.Subcommands.Add(command);
        root.Subcommands.Add(DownCommand.Create());
        root.Subcommands.Add(StatusCommand.Create());
        root.Subcommands.Add(KubeconfigCommand.Create());
        root.Subcommands.Add(ImageCommand.Create());
        root.Subcommands.Add(SnapshotCommand.Create());
        root.Subcommands.Add(CertificateCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create());
        return root;
    }
}

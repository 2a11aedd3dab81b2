using System.CommandLine;

namespace Minik8s.Host.Commands;

/// <summary>The command line of the executable.</summary>
internal static class RootCommandFactory
{
    public static RootCommand Create() => new("A Kubernetes cluster in one executable. `minik8s up` runs a whole cluster on this machine.")
    {
        CompletionCommand.Create(),
    };
}

namespace Minik8s.Host.Kubeconfig;

/// <summary>Whose kubeconfig it is and who enters something there.</summary>
public sealed record UserKubeconfigOptions
{
    /// <summary>What tells this installation from others on the machine: its data directory. It marks our entries.</summary>
    public required string Installation { get; init; }

    /// <summary>The name wished for cluster, user and context.</summary>
    public string ContextName { get; init; } = "minik8s";

    /// <summary>Files that are ours alone and therefore no place to merge into, even if <c>KUBECONFIG</c> names them.</summary>
    public IReadOnlyList<string> OwnFiles { get; init; } = [];

    /// <summary>Reads an environment variable: <c>KUBECONFIG</c>, <c>HOME</c>, <c>SUDO_USER</c>, <c>SUDO_UID</c>, <c>SUDO_GID</c>.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Where users' home directories are listed.</summary>
    public string PasswdFile { get; init; } = "/etc/passwd";
}

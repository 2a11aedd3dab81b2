namespace Minik8s.Kubelet.Images;

/// <summary>What an image says of how to run it.</summary>
public sealed record OciImage
{
    /// <summary>The full name, such as <c>docker.io/library/busybox:1.35</c>.</summary>
    public required string Tag { get; init; }

    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Variables as <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    public string WorkingDirectory { get; init; } = "";

    /// <summary>Ports as <c>80</c> or <c>53/udp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>The user, by name or number; empty is root.</summary>
    public string User { get; init; } = "";
}

namespace Minik8s.Kubelet.Logs;

/// <summary>Which part of a container's log is wanted, and how: PodLogOptions as far as they concern one file.</summary>
internal sealed record ContainerLogOptions
{
    /// <summary>Whether to go on after the present end.</summary>
    public bool Follow { get; init; }

    /// <summary>How many of the last lines; null for all.</summary>
    public long? TailLines { get; init; }

    /// <summary>Lines older than this are left out.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether each line begins with its time, RFC 3339 with nine digits of fraction.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The log ends after this many bytes of output, if need be within a line; null for no limit.</summary>
    public long? LimitBytes { get; init; }
}

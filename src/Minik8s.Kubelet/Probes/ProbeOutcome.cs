namespace Minik8s.Kubelet.Probes;

/// <summary>How one attempt of a probe ended.</summary>
internal enum ProbeVerdict
{
    Success,

    /// <summary>A success that the user should hear of.</summary>
    Warning,

    Failure,

    /// <summary>The attempt itself could not be made; it counts for nothing.</summary>
    Unknown,
}

/// <summary>How one attempt of a probe ended, and in which words.</summary>
internal readonly record struct ProbeOutcome(ProbeVerdict Verdict, string Output)
{
    public static ProbeOutcome Success => new(ProbeVerdict.Success, "");

    public static ProbeOutcome Failure(string output) => new(ProbeVerdict.Failure, output);

    public static ProbeOutcome Unknown(string output) => new(ProbeVerdict.Unknown, output);
}

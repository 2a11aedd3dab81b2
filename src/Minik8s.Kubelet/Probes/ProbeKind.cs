namespace Minik8s.Kubelet.Probes;

/// <summary>What a probe is asked for.</summary>
internal enum ProbeKind
{
    /// <summary>Whether the container has come up; the other probes wait for it, and failure ends the container.</summary>
    Startup,

    /// <summary>Whether it can still work; failure ends the container.</summary>
    Liveness,

    /// <summary>Whether it may be sent work.</summary>
    Readiness,
}

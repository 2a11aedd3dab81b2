using k8s.Models;

namespace Minik8s.Kubelet.Probes;

/// <summary>One probe of one run of a container: counts its attempts against the thresholds.</summary>
/// <param name="kind">What it is asked for.</param>
/// <param name="probe">Its settings.</param>
/// <param name="owner">The run of the container.</param>
/// <param name="result">What holds until a threshold is reached; null while nothing is known.</param>
internal sealed class ProbeRun(ProbeKind kind, V1Probe probe, ContainerProbes owner, bool? result)
{
    private bool? _last;
    private int _inARow;

    public ProbeKind Kind => kind;

    public V1Probe Probe => probe;

    public ContainerProbes Owner => owner;

    public TimeSpan Period { get; } = TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));

    /// <summary>When the first attempt may be made.</summary>
    public DateTimeOffset FirstDue { get; } = owner.StartedAt + TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0);

    /// <summary>What the thresholds have made of the attempts.</summary>
    public bool? Result { get; private set; } = result;

    /// <summary>Whether there is nothing more to ask: the container has come up, is to be ended, or has ended.</summary>
    public bool Ended { get; set; }

    /// <summary>Counts an attempt; true when it changes the result.</summary>
    public bool Count(ProbeVerdict verdict)
    {
        if (verdict == ProbeVerdict.Unknown) return false;
        var well = verdict != ProbeVerdict.Failure;
        _inARow = _last == well ? _inARow + 1 : 1;
        _last = well;
        if (_inARow < (well ? probe.SuccessThreshold ?? 1 : probe.FailureThreshold ?? 3)) return false;
        // A start that has succeeded is never asked for again; a container that is to be ended is not asked either.
        if (kind == ProbeKind.Startup || kind == ProbeKind.Liveness && !well) Ended = true;
        if (Result == well) return false;
        Result = well;
        return true;
    }
}

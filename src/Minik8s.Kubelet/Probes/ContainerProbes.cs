using k8s.Models;

namespace Minik8s.Kubelet.Probes;

/// <summary>The probes of one run of a container, and what they say of it together.</summary>
internal sealed class ContainerProbes
{
    private readonly ProbeRun? _startup;
    private readonly ProbeRun? _liveness;
    private readonly ProbeRun? _readiness;

    /// <param name="target">The run of the container.</param>
    /// <param name="startedAt">When it started.</param>
    /// <param name="before">What was last reported of this very run: a kubelet that comes back does not take readiness away.</param>
    public ContainerProbes(ProbeTarget target, DateTimeOffset startedAt, V1ContainerStatus? before)
    {
        Target = target;
        StartedAt = startedAt;
        var container = target.Container;
        if (container.StartupProbe is { } startup) _startup = new ProbeRun(ProbeKind.Startup, startup, this, before?.Started == true ? true : null) { Ended = before?.Started == true };
        if (container.LivenessProbe is { } liveness) _liveness = new ProbeRun(ProbeKind.Liveness, liveness, this, true);
        if (container.ReadinessProbe is { } readiness) _readiness = new ProbeRun(ProbeKind.Readiness, readiness, this, before?.Ready == true);
    }

    public ProbeTarget Target { get; set; }

    public DateTimeOffset StartedAt { get; }

    public bool Started => _startup is null or { Result: true };

    public bool Ready => Started && _readiness is null or { Result: true };

    /// <summary>The probe whose failure ends the container; null while there is none.</summary>
    public ProbeRun? Fatal => _startup is { Result: false } ? _startup : _liveness is { Result: false } ? _liveness : null;

    public IEnumerable<ProbeRun> All => new[] { _startup, _liveness, _readiness }.OfType<ProbeRun>();

    /// <summary>Those that are asked first: the others wait for the start.</summary>
    public IEnumerable<ProbeRun> First => Started ? All.Where(r => r.Kind != ProbeKind.Startup) : All.Where(r => r.Kind == ProbeKind.Startup);
}

using k8s.Models;

namespace Minik8s.Kubelet.Probes;

/// <summary>Makes attempts of probes.</summary>
internal interface IProber
{
    /// <summary>One attempt, within the probe's timeout. What goes wrong with the container is an outcome; only cancellation throws.</summary>
    Task<ProbeOutcome> ProbeAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellationToken);
}

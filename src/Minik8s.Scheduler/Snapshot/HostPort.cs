using k8s.Models;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>A port that a pod takes on its node's own addresses.</summary>
internal readonly record struct HostPort(string Address, string Protocol, int Port)
{
    private const string AnyAddress = "0.0.0.0";

    public static IReadOnlyList<HostPort> Of(V1PodSpec spec)
    {
        List<HostPort>? ports = null;
        // Restartable init containers run beside the containers; the others are gone before any port is taken.
        foreach (var container in (spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always").Concat(spec.Containers ?? []))
        {
            foreach (var port in container.Ports ?? [])
            {
                if (port.HostPort is not > 0) continue;
                ports ??= [];
                ports.Add(new(
                    string.IsNullOrEmpty(port.HostIP) ? AnyAddress : port.HostIP,
                    string.IsNullOrEmpty(port.Protocol) ? "TCP" : port.Protocol,
                    port.HostPort.Value));
            }
        }

        return ports ?? (IReadOnlyList<HostPort>)[];
    }

    /// <summary>Whether both cannot be taken at once: the same port on addresses that overlap.</summary>
    public bool Conflicts(HostPort other) =>
        Port == other.Port && Protocol == other.Protocol && (Address == other.Address || Address == AnyAddress || other.Address == AnyAddress);
}

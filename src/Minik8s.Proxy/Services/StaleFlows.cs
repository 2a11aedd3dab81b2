using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Minik8s.Linux.Conntrack;
using Minik8s.Proxy.Rules;

namespace Minik8s.Proxy.Services;

/// <summary>
/// Makes UDP clients leave endpoints that are gone. Flows of other protocols end by themselves, and a service without any serving endpoint keeps
/// its flows, since there is nothing better for them.
/// </summary>
internal sealed class StaleFlows(ConntrackTable table, ILogger logger)
{
    private readonly Dictionary<(IPAddress Address, int Port), IReadOnlySet<IPAddress>> _changed = [];

    /// <summary>Notes what may have become stale; <see cref="Forget"/> does the work, after the rules are written.</summary>
    public void Note(IReadOnlyList<UdpFrontend> before, IReadOnlyList<UdpFrontend> now)
    {
        foreach (var frontend in now)
        {
            if (frontend.Serving.Count == 0) continue;
            var old = before.FirstOrDefault(b => b.Port == frontend.Port && b.Address.Equals(frontend.Address));
            // A frontend that had no endpoint may have flows that nobody translated.
            if (old is null || old.Serving.Count == 0 || !old.Serving.IsSubsetOf(frontend.Serving)) _changed[(frontend.Address, frontend.Port)] = frontend.Serving;
        }
    }

    public void Forget()
    {
        if (_changed.Count == 0) return;
        try
        {
            var count = table.ForgetUdp(flow => _changed.TryGetValue((flow.Destination, flow.DestinationPort), out var serving) && !serving.Contains(flow.ReplySource));
            if (count > 0) ProxyLog.FlowsForgotten(logger, count);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The rules are right all the same; such a flow ends when its client pauses.
            ProxyLog.FlowsKept(logger, e.Message);
        }

        _changed.Clear();
    }
}

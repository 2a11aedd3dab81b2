using Minik8s.ControlLoop;

namespace Minik8s.Proxy.Model;

/// <summary>What names a port of a service: the same name with another protocol is another port.</summary>
/// <param name="Service">The service.</param>
/// <param name="Port">The port's name; empty for the only port of a service.</param>
/// <param name="Protocol">In lower case: <c>tcp</c>, <c>udp</c>, <c>sctp</c>.</param>
internal readonly record struct ServicePortName(ObjectKey Service, string Port, string Protocol)
{
    /// <summary><c>namespace/service/protocol/port</c>: letters, digits, dashes and slashes only, so that it can stand in names of nftables.</summary>
    public override string ToString() => $"{Service.Namespace}/{Service.Name}/{Protocol}/{Port}";
}

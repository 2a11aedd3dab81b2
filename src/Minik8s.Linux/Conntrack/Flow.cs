using System.Net;

namespace Minik8s.Linux.Conntrack;

/// <summary>A flow that the kernel tracks.</summary>
/// <param name="Destination">Where its first packet was sent.</param>
/// <param name="DestinationPort">The port of the same.</param>
/// <param name="ReplySource">Who answers: another address than <paramref name="Destination"/> where the destination is translated.</param>
public readonly record struct Flow(IPAddress Destination, ushort DestinationPort, IPAddress ReplySource);

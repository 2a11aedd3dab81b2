using System.Net;

namespace Minik8s.Proxy.Rules;

/// <summary>Where UDP clients reach a service.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="Serving">The endpoints that serve, also when new flows do not go to them.</param>
internal sealed record UdpFrontend(IPAddress Address, int Port, IReadOnlySet<IPAddress> Serving);

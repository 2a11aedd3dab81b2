namespace Minik8s.ApiServer.Proxying;

/// <summary>Where a proxied request goes.</summary>
/// <param name="Scheme">http or https.</param>
/// <param name="Authority">Host, and the port where it is not the scheme's own.</param>
/// <param name="IsKubelet">Whether the server shows its client certificate and checks the peer's: other backends are taken as they are.</param>
internal sealed record ProxyTarget(string Scheme, string Authority, bool IsKubelet = false);

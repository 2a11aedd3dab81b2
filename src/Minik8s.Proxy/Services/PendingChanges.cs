using Minik8s.ControlLoop;
using Minik8s.Linux.Nftables;

namespace Minik8s.Proxy.Services;

/// <summary>What has gathered for one turn.</summary>
/// <param name="Services">Services that may have changed.</param>
/// <param name="WriteAll">Whether the whole table has to be written.</param>
/// <param name="Zone">The node's zone, when it was told.</param>
/// <param name="Disturbance">What something else did to the table; null: nothing.</param>
internal sealed record PendingChanges(HashSet<ObjectKey> Services, bool WriteAll, string? Zone, NftablesEvent? Disturbance);

using System.CommandLine;

namespace Minik8s.Host.Configuration;

/// <summary>The settings that belong together; a command offers the groups that its roles need.</summary>
internal static class SettingGroups
{
    public static readonly IReadOnlyList<Option> Common = [Settings.Config, Settings.DataDir, Settings.RunDir, Settings.LogDir, Settings.LogLevel];

    public static readonly IReadOnlyList<Option> ApiServer =
    [
        Settings.BindAddress, Settings.Port, Settings.AdvertiseAddress, Settings.TlsSan, Settings.ServiceCidr, Settings.AdminKubeconfig,
        Settings.UserKubeconfig, Settings.NoUserKubeconfig, Settings.Context,
        Settings.DatastoreEndpoint, Settings.DatastoreCaFile, Settings.DatastoreCertFile, Settings.DatastoreKeyFile,
    ];

    public static readonly IReadOnlyList<Option> Client = [Settings.Kubeconfig];

    public static readonly IReadOnlyList<Option> Node =
    [
        Settings.NodeName, Settings.NodeIp, Settings.NodeLabel, Settings.PodCidr, Settings.BridgeName, Settings.KubeletPort, Settings.RuntimeEndpoint,
        Settings.ImagesDir, Settings.CgroupRoot, Settings.ClusterDns, Settings.ClusterDomain,
    ];

    public static readonly IReadOnlyList<Option> Proxy = [Settings.ProxyTable, Settings.ProxyHealthPort];

    /// <summary>What a proxy in a process of its own has to know of its node.</summary>
    public static readonly IReadOnlyList<Option> NodeIdentity = [Settings.NodeName, Settings.NodeIp];

    public static readonly IReadOnlyList<Option> Network = [Settings.ClusterCidr];

    /// <summary>Every setting that the configuration file may hold.</summary>
    public static IEnumerable<Option> All => Common.Concat(ApiServer).Concat(Client).Concat(Node).Concat(Network).Concat(Proxy);
}

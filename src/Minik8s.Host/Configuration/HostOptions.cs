using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Minik8s.Store.Etcd;

namespace Minik8s.Host.Configuration;

/// <summary>All settings, checked, with their defaults worked out for this machine.</summary>
internal sealed record HostOptions
{
    public required Layout Layout { get; init; }

    public required LogLevel LogLevel { get; init; }

    public required IPAddress BindAddress { get; init; }

    public required int Port { get; init; }

    public required IPAddress AdvertiseAddress { get; init; }

    public required IReadOnlyList<string> TlsSans { get; init; }

    public required IPNetwork ServiceCidr { get; init; }

    public required IPNetwork ClusterCidr { get; init; }

    public required IPNetwork PodCidr { get; init; }

    public required IPAddress ClusterDns { get; init; }

    public required string ClusterDomain { get; init; }

    /// <summary>The etcd cluster that holds the state; null for a store of this server's own.</summary>
    public required EtcdStoreOptions? Datastore { get; init; }

    public required string? UserKubeconfig { get; init; }

    public required bool MergeUserKubeconfig { get; init; }

    public required string Context { get; init; }

    public required string? Kubeconfig { get; init; }

    public required string NodeName { get; init; }

    public required IPAddress NodeIp { get; init; }

    public required IReadOnlyDictionary<string, string> NodeLabels { get; init; }

    public required string BridgeName { get; init; }

    public required int KubeletPort { get; init; }

    public required string? RuntimeEndpoint { get; init; }

    public required string CgroupRoot { get; init; }

    public required string ProxyTable { get; init; }

    public required int ProxyHealthPort { get; init; }

    /// <exception cref="UsageException">A value is malformed.</exception>
    public static HostOptions From(SettingsReader settings)
    {
        var nodeIp = settings.GetOptional(Settings.NodeIp) is { } ip ? Address(Settings.NodeIp.Name, ip) : DefaultAddress();
        var dataDir = Path.GetFullPath(settings.Get(Settings.DataDir));
        return new HostOptions
        {
            Layout = new Layout(
                dataDir,
                Path.GetFullPath(settings.Get(Settings.RunDir)),
                Path.GetFullPath(settings.Get(Settings.LogDir)),
                Path.GetFullPath(settings.GetOptional(Settings.ImagesDir) ?? Path.Combine(dataDir, "images")),
                Path.GetFullPath(settings.Get(Settings.AdminKubeconfig))),
            LogLevel = Level(settings.Get(Settings.LogLevel)),
            BindAddress = Address(Settings.BindAddress.Name, settings.Get(Settings.BindAddress)),
            Port = PortNumber(Settings.Port.Name, settings.Get(Settings.Port)),
            AdvertiseAddress = settings.GetOptional(Settings.AdvertiseAddress) is { } advertised ? Address(Settings.AdvertiseAddress.Name, advertised) : nodeIp,
            TlsSans = settings.Get(Settings.TlsSan),
            ServiceCidr = Network(Settings.ServiceCidr.Name, settings.Get(Settings.ServiceCidr)),
            ClusterCidr = Network(Settings.ClusterCidr.Name, settings.Get(Settings.ClusterCidr)),
            PodCidr = Network(Settings.PodCidr.Name, settings.Get(Settings.PodCidr)),
            ClusterDns = Address(Settings.ClusterDns.Name, settings.Get(Settings.ClusterDns)),
            ClusterDomain = settings.Get(Settings.ClusterDomain),
            Datastore = DatastoreSettings.Read(settings),
            UserKubeconfig = settings.GetOptional(Settings.UserKubeconfig),
            MergeUserKubeconfig = !settings.Get(Settings.NoUserKubeconfig),
            Context = settings.Get(Settings.Context),
            Kubeconfig = settings.GetOptional(Settings.Kubeconfig),
            NodeName = Name(settings.GetOptional(Settings.NodeName) ?? Environment.MachineName.ToLowerInvariant()),
            NodeIp = nodeIp,
            NodeLabels = Labels(settings.Get(Settings.NodeLabel)),
            BridgeName = InterfaceName(settings.Get(Settings.BridgeName)),
            KubeletPort = PortNumber(Settings.KubeletPort.Name, settings.Get(Settings.KubeletPort)),
            RuntimeEndpoint = settings.GetOptional(Settings.RuntimeEndpoint),
            CgroupRoot = settings.Get(Settings.CgroupRoot),
            ProxyTable = TableName(settings.Get(Settings.ProxyTable)),
            ProxyHealthPort = PortNumber(Settings.ProxyHealthPort.Name, settings.Get(Settings.ProxyHealthPort)),
        };
    }

    /// <summary>The IPv4 address of the interface with the default route; any other global one; else loopback.</summary>
    private static IPAddress DefaultAddress()
    {
        var candidates =
            from nic in NetworkInterface.GetAllNetworkInterfaces()
            where nic.OperationalStatus == OperationalStatus.Up && nic.NetworkInterfaceType != NetworkInterfaceType.Loopback
            let properties = nic.GetIPProperties()
            from address in properties.UnicastAddresses
            where address.Address.AddressFamily == AddressFamily.InterNetwork
            orderby properties.GatewayAddresses.Any(g => g.Address.AddressFamily == AddressFamily.InterNetwork) ? 0 : 1
            select address.Address;
        return candidates.FirstOrDefault() ?? IPAddress.Loopback;
    }

    private static IPAddress Address(string flag, string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new UsageException($"{flag}: \"{text}\" is not an IP address");

    private static IPNetwork Network(string flag, string text) =>
        IPNetwork.TryParse(text, out var network) ? network : throw new UsageException($"{flag}: \"{text}\" is not a network such as 10.42.0.0/16");

    private static int PortNumber(string flag, int port) =>
        port is > 0 and < 65536 ? port : throw new UsageException($"{flag}: {port} is not a port (1 to 65535)");

    private static string Name(string name) =>
        Api.Validation.Names.DnsSubdomain(name).FirstOrDefault() is { } reason ? throw new UsageException($"--node-name: \"{name}\": {reason}") : name;

    private static string InterfaceName(string name) =>
        name.Length is > 0 and < 16 && !name.Contains('/') && !name.Any(char.IsWhiteSpace)
            ? name
            : throw new UsageException($"--bridge-name: \"{name}\" is not an interface name (1 to 15 characters, no spaces or slashes)");

    private static string TableName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? name
            : throw new UsageException($"--proxy-table: \"{name}\" is not a table name (a letter, then letters, digits, - and _; 64 at most)");

    private static Dictionary<string, string> Labels(string[] pairs)
    {
        var labels = new Dictionary<string, string>();
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) throw new UsageException($"--node-label: \"{pair}\" is not of the form key=value");
            labels[pair[..equals]] = pair[(equals + 1)..];
        }

        return labels;
    }

    private static LogLevel Level(string text) => text.ToLowerInvariant() switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw new UsageException($"--log-level: \"{text}\" is none of trace, debug, info, warn, error"),
    };
}

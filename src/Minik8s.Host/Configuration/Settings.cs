using System.CommandLine;

namespace Minik8s.Host.Configuration;

/// <summary>
/// Every setting of every role, once. A setting is a flag (<c>--node-name a</c>) and, under the same name, a key of the configuration file
/// (<c>node-name: a</c>); the flag wins.
/// </summary>
internal static class Settings
{
    public static readonly Option<string?> Config = new("--config")
    {
        Description = "YAML file with settings, named as the flags without the dashes. Flags win over it.",
        HelpName = "file",
    };

    public static readonly Option<string> DataDir = Text("--data-dir", "/var/lib/minik8s", "State of this cluster or node: store, certificates, images, containers.", "dir");
    public static readonly Option<string> RunDir = Text("--run-dir", "/run/minik8s", "Sockets and process ids; emptied by a reboot.", "dir");
    public static readonly Option<string> LogDir = Text("--log-dir", "/var/log/minik8s", "Logs of the supervised containerd.", "dir");
    public static readonly Option<string> LogLevel = Text("--log-level", "info", "trace, debug, info, warn or error.", "level");

    public static readonly Option<string> BindAddress = Text("--bind-address", "0.0.0.0", "Address on which the API server listens.", "ip");
    public static readonly Option<int> Port = Number("--port", 6443, "Port of the API server.");
    public static readonly Option<string?> AdvertiseAddress = Optional("--advertise-address", "Address under which others reach the API server. Default: this node's address.", "ip");
    public static readonly Option<string[]> TlsSan = Many("--tls-san", "Further host name or address in the API server's certificate; may be repeated.", "name");
    public static readonly Option<string> ServiceCidr = Text("--service-cidr", "10.43.0.0/16", "Range of the services' virtual addresses.", "cidr");
    public static readonly Option<string> ClusterCidr = Text("--cluster-cidr", "10.42.0.0/16", "Range of all pods' addresses.", "cidr");
    public static readonly Option<string> ClusterDns = Text("--cluster-dns", "10.43.0.10", "Address of the cluster's DNS service, for pods' resolv.conf.", "ip");
    public static readonly Option<string> ClusterDomain = Text("--cluster-domain", "cluster.local", "DNS domain of the cluster.", "domain");

    public static readonly Option<string?> DatastoreEndpoint = Optional("--datastore-endpoint", "Addresses of an etcd cluster (https://host:2379, separated by commas) that holds the state, for several servers. Default: a store of this server's own.", "urls");
    public static readonly Option<string?> DatastoreCaFile = Optional("--datastore-cafile", "PEM file with the authorities of etcd's certificates.", "file");
    public static readonly Option<string?> DatastoreCertFile = Optional("--datastore-certfile", "PEM file with the certificate that is shown to etcd.", "file");
    public static readonly Option<string?> DatastoreKeyFile = Optional("--datastore-keyfile", "PEM file with the key of that certificate.", "file");

    public static readonly Option<string> AdminKubeconfig = Text("--admin-kubeconfig", "/etc/minik8s/admin.kubeconfig", "Where the administrator's kubeconfig is written, readable by root only.", "file");
    public static readonly Option<string?> UserKubeconfig = Optional("--user-kubeconfig", "Kubeconfig into which the context is merged. Default: $KUBECONFIG or ~/.kube/config of the calling user.", "file");
    public static readonly Option<bool> NoUserKubeconfig = Switch("--no-user-kubeconfig", "Leave the user's kubeconfig alone.");
    public static readonly Option<string> Context = Text("--context", "minik8s", "Name of the context merged into the user's kubeconfig.", "name");
    public static readonly Option<string?> Kubeconfig = Optional("--kubeconfig", "Kubeconfig with which this component reaches the API server.", "file");

    public static readonly Option<string?> NodeName = Optional("--node-name", "Name of this node. Default: the host name in lower case.", "name");
    public static readonly Option<string?> NodeIp = Optional("--node-ip", "Address of this node. Default: that of the interface with the default route.", "ip");
    public static readonly Option<string[]> NodeLabel = Many("--node-label", "Label key=value set when the node registers; may be repeated.", "key=value");
    public static readonly Option<string> PodCidr = Text("--pod-cidr", "10.42.0.0/24", "Range of this node's pod addresses.", "cidr");
    public static readonly Option<string> BridgeName = Text("--bridge-name", "mk8s0", "Name of this node's pod bridge.", "name");
    public static readonly Option<int> KubeletPort = Number("--kubelet-port", 10250, "Port of the kubelet's server.");
    public static readonly Option<string?> RuntimeEndpoint = Optional("--container-runtime-endpoint", "CRI socket of a container runtime to use instead of a containerd of our own.", "socket");
    public static readonly Option<string?> ImagesDir = Optional("--images-dir", "Folder whose image archives (*.tar) are imported. Default: images below the data directory.", "dir");
    public static readonly Option<string> CgroupRoot = Text("--cgroup-root", "/", "Cgroup below which the pods' cgroups are made.", "path");

    public static readonly Option<string> ProxyTable = Text("--proxy-table", "minik8s-proxy", "Name of the nftables table for services.", "name");
    public static readonly Option<int> ProxyHealthPort = Number("--proxy-health-port", 10256, "Port on which the proxy answers /healthz and /livez.");

    private static Option<string> Text(string name, string value, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => value };

    private static Option<string?> Optional(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName };

    private static Option<int> Number(string name, int value, string description) =>
        new(name) { Description = description, HelpName = "number", DefaultValueFactory = _ => value };

    private static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = false };
}

using System.ComponentModel;
using Minik8s.Linux;
using Minik8s.Linux.Nftables;

namespace Minik8s.Kubelet.Network;

/// <summary>The pod network of this node: a CNI bridge with addresses from the node's range, and one nftables table that masquerades what leaves the cluster and leads host ports to their pods.</summary>
internal sealed class NodeNetwork(KubeletOptions options)
{
    public const string Table = "minik8s-pods";

    public string ConfigDir => Path.Combine(options.RootDir, "cni");

    public static string BinDir => new[] { "/usr/lib/cni", "/opt/cni/bin" }.FirstOrDefault(d => File.Exists(Path.Combine(d, "bridge")))
        ?? throw new InvalidOperationException("the CNI plugins are missing; install the package containernetworking-plugins");

    /// <summary>Writes the CNI configuration, turns forwarding on, and programs the table.</summary>
    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(ConfigDir);
        await File.WriteAllTextAsync(Path.Combine(ConfigDir, "10-minik8s.conflist"), ConfigList(), cancellationToken);
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1", cancellationToken);
        var bridged = await FilterBridgeAsync(cancellationToken);
        // Where the bridge bypasses translation, the answer of a pod on it must come back by way of the node; else only that of the asking pod itself.
        var returning = bridged ? $"ip saddr . ip daddr @{HostPorts.Hairpin} ct status dnat" : $"ip saddr {options.PodCidr} oifname \"{options.BridgeName}\" ct status dnat";
        // The maps are kept over a restart: what they say of running pods stays true. Chains are written anew.
        await NftablesConnection.RunAsync(
            $$"""
            table ip {{Table}} {
                map {{HostPorts.AnyAddress}} { type inet_proto . inet_service : ipv4_addr . inet_service; }
                map {{HostPorts.OneAddress}} { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
                set {{HostPorts.Hairpin}} { type ipv4_addr . ipv4_addr; }
                chain host-ports { }
                chain prerouting { type nat hook prerouting priority dstnat; policy accept; }
                chain output { type nat hook output priority -100; policy accept; }
                chain postrouting { type nat hook postrouting priority srcnat; policy accept; }
            }
            flush chain ip {{Table}} host-ports
            flush chain ip {{Table}} prerouting
            flush chain ip {{Table}} output
            flush chain ip {{Table}} postrouting
            table ip {{Table}} {
                chain host-ports {
                    dnat ip to ip daddr . meta l4proto . th dport map @{{HostPorts.OneAddress}}
                    dnat ip to meta l4proto . th dport map @{{HostPorts.AnyAddress}}
                }
                chain prerouting {
                    type nat hook prerouting priority dstnat; policy accept;
                    fib daddr type local meta l4proto { tcp, udp, sctp } jump host-ports
                }
                chain output {
                    type nat hook output priority -100; policy accept;
                    fib daddr type local meta l4proto { tcp, udp, sctp } jump host-ports
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat; policy accept;
                    ip saddr {{options.PodCidr}} oifname != "{{options.BridgeName}}" masquerade
                    ip saddr 127.0.0.0/8 oifname "{{options.BridgeName}}" masquerade
                    {{returning}} masquerade
                }
            }
            """,
            cancellationToken);
    }

    /// <summary>Removes bridge, table and configuration. The pods must be gone.</summary>
    public async Task TearDownAsync(CancellationToken cancellationToken)
    {
        await Tool.RunAsync("ip", ["link", "delete", options.BridgeName], cancellationToken);
        // Naming a table makes it, so that its deletion cannot fail for its absence.
        await NftablesConnection.RunAsync($"table ip {Table}\ndelete table ip {Table}\n", cancellationToken);
        if (Directory.Exists(Addresses)) Directory.Delete(Addresses, recursive: true);
    }

    /// <summary>Lets what crosses a bridge pass the translation of addresses, so that a pod sees the true address of another that reaches it through a service.</summary>
    /// <returns>Whether the kernel can.</returns>
    private static async Task<bool> FilterBridgeAsync(CancellationToken cancellationToken)
    {
        const string setting = "/proc/sys/net/bridge/bridge-nf-call-iptables";
        if (!File.Exists(setting))
        {
            try
            {
                await Tool.RunAsync("modprobe", ["br_netfilter"], cancellationToken);
            }
            catch (Win32Exception)
            {
                // A system without modprobe has the module built in or not at all.
            }
        }

        if (!File.Exists(setting)) return false;
        await File.WriteAllTextAsync(setting, "1", cancellationToken);
        return true;
    }

    private string Addresses => Path.Combine(options.RootDir, "cni-addresses");

    private string ConfigList() => $$"""
        {
          "cniVersion": "1.0.0",
          "name": "minik8s",
          "plugins": [
            {
              "type": "bridge",
              "bridge": "{{options.BridgeName}}",
              "isGateway": true,
              "hairpinMode": true,
              "ipMasq": false,
              "ipam": {
                "type": "host-local",
                "dataDir": "{{Addresses}}",
                "ranges": [[{ "subnet": "{{options.PodCidr}}" }]],
                "routes": [{ "dst": "0.0.0.0/0" }]
              }
            }
          ]
        }
        """;
}

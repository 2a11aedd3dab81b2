using System.Net;

namespace Minik8s.Proxy.Rules;

/// <summary>The fixed parts of the table: the hooks, and the chains and maps that every service uses.</summary>
internal static class TableSkeleton
{
    /// <summary>The maps and sets that hold elements of services.</summary>
    public static readonly IReadOnlyList<string> Maps = [TableNames.Services, TableNames.ClusterPolicy, TableNames.LocalPolicy, TableNames.NoEndpoints];

    public static readonly IReadOnlyList<string> Sets = [TableNames.ClusterIps, TableNames.Firewall, TableNames.FirewallSources, TableNames.Hairpin];

    /// <summary>The bit of a packet's mark that asks for masquerade; kube-proxy's default.</summary>
    private const string MasqueradeBit = "0x4000";

    /// <summary>
    /// Declares maps and chains, without rules; what is there stays. Hooks: <c>filter</c> before translation sees the client and the address it
    /// asked for; <c>filter</c> after it sees what nobody translated; <c>nat</c> translates. The priorities are numbers because nft 1.0.6 takes
    /// no names on all hooks: -100 is dstnat, 0 filter, 100 srcnat.
    /// </summary>
    public static string Declarations(string table) => $$"""
        table ip {{table}} {
            map {{TableNames.Services}} { type ipv4_addr . inet_proto . inet_service : verdict; }
            map {{TableNames.ClusterPolicy}} { type ipv4_addr . inet_proto . inet_service : verdict; }
            map {{TableNames.LocalPolicy}} { type ipv4_addr . inet_proto . inet_service : verdict; }
            map {{TableNames.NoEndpoints}} { type ipv4_addr . inet_proto . inet_service : verdict; }
            set {{TableNames.ClusterIps}} { type ipv4_addr; }
            set {{TableNames.Firewall}} { type ipv4_addr . inet_proto . inet_service; }
            set {{TableNames.FirewallSources}} { type ipv4_addr . inet_proto . inet_service . ipv4_addr; flags interval; }
            set {{TableNames.Hairpin}} { type ipv4_addr . ipv4_addr; }
            chain filter-prerouting-pre-dnat { type filter hook prerouting priority -110; policy accept; }
            chain filter-output-pre-dnat { type filter hook output priority -110; policy accept; }
            chain filter-input { type filter hook input priority 0; policy accept; }
            chain filter-forward { type filter hook forward priority 0; policy accept; }
            chain filter-output { type filter hook output priority 0; policy accept; }
            chain nat-prerouting { type nat hook prerouting priority -100; policy accept; }
            chain nat-output { type nat hook output priority -100; policy accept; }
            chain nat-postrouting { type nat hook postrouting priority 100; policy accept; }
            chain firewall-check { }
            chain endpoints-check { }
            chain cluster-ips-check { }
            chain services { }
            chain masquerading { }
            chain {{TableNames.ExternalLocalChain}} { }
            chain {{TableNames.MasqueradeChain}} { }
            chain {{TableNames.RejectChain}} { }
        }

        """;

    /// <summary>The names of the chains above.</summary>
    public static readonly IReadOnlySet<string> Chains = new HashSet<string>
    {
        "filter-prerouting-pre-dnat", "filter-output-pre-dnat", "filter-input", "filter-forward", "filter-output", "nat-prerouting", "nat-output", "nat-postrouting",
        "firewall-check", "endpoints-check", "cluster-ips-check", "services", "masquerading", TableNames.ExternalLocalChain, TableNames.MasqueradeChain, TableNames.RejectChain,
    };

    /// <summary>The rules of the chains above, which must be empty.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="pods">The range of all pods.</param>
    public static string Rules(string table, IPNetwork pods) => $$"""
        table ip {{table}} {
            chain filter-prerouting-pre-dnat { ct state new jump firewall-check; }
            chain filter-output-pre-dnat { ct state new jump firewall-check; }
            chain filter-input { ct state new jump endpoints-check; }
            chain filter-forward {
                ip saddr {{pods}} ct state invalid drop
                ct state new jump endpoints-check
                ct state new jump cluster-ips-check
            }
            chain filter-output {
                ct state new jump endpoints-check
                ct state new jump cluster-ips-check
            }
            chain nat-prerouting { jump services; }
            chain nat-output { jump services; }
            chain nat-postrouting { jump masquerading; }
            chain firewall-check {
                ip daddr . meta l4proto . th dport @{{TableNames.Firewall}} ip daddr . meta l4proto . th dport . ip saddr != @{{TableNames.FirewallSources}} drop
            }
            chain endpoints-check {
                ip daddr . meta l4proto . th dport vmap @{{TableNames.NoEndpoints}}
            }
            chain cluster-ips-check {
                ip daddr @{{TableNames.ClusterIps}} {{TableNames.Reject}}
            }
            chain services {
                ip daddr . meta l4proto . th dport vmap @{{TableNames.Services}}
            }
            chain {{TableNames.ExternalLocalChain}} {
                ip saddr {{pods}} ip daddr . meta l4proto . th dport vmap @{{TableNames.ClusterPolicy}}
                fib saddr type local jump {{TableNames.MasqueradeChain}}
                fib saddr type local ip daddr . meta l4proto . th dport vmap @{{TableNames.ClusterPolicy}}
                ip daddr . meta l4proto . th dport vmap @{{TableNames.LocalPolicy}}
            }
            chain {{TableNames.MasqueradeChain}} {
                meta mark set meta mark or {{MasqueradeBit}}
            }
            chain masquerading {
                meta mark and {{MasqueradeBit}} == {{MasqueradeBit}} meta mark set meta mark xor {{MasqueradeBit}} masquerade fully-random
                ct status dnat ip saddr . ip daddr @{{TableNames.Hairpin}} masquerade fully-random
            }
            chain {{TableNames.RejectChain}} {
                meta l4proto tcp reject with tcp reset
                reject
            }
        }

        """;
}

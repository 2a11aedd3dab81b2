using System.Diagnostics;

namespace Minik8s.Kubelet.Network;

/// <summary>The pod network of this node: a CNI bridge with addresses from the node's range, and one nftables table that masks what leaves the cluster.</summary>
internal sealed class NodeNetwork(KubeletOptions options)
{
    private const string Table = "minik8s-pods";

    public string ConfigDir => Path.Combine(options.RootDir, "cni");

    public static string BinDir => new[] { "/usr/lib/cni", "/opt/cni/bin" }.FirstOrDefault(d => File.Exists(Path.Combine(d, "bridge")))
        ?? throw new InvalidOperationException("the CNI plugins are missing; install the package containernetworking-plugins");

    /// <summary>Writes the CNI configuration, turns forwarding on, and programs the table.</summary>
    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(ConfigDir);
        await File.WriteAllTextAsync(Path.Combine(ConfigDir, "10-minik8s.conflist"), ConfigList(), cancellationToken);
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1", cancellationToken);
        await NftAsync(
            $$"""
            table ip {{Table}}
            delete table ip {{Table}}
            table ip {{Table}} {
                chain postrouting {
                    type nat hook postrouting priority 100; policy accept;
                    ip saddr {{options.PodCidr}} oifname != "{{options.BridgeName}}" masquerade
                }
            }
            """,
            cancellationToken);
    }

    /// <summary>Removes bridge, table and configuration. The pods must be gone.</summary>
    public async Task TearDownAsync(CancellationToken cancellationToken)
    {
        await RunAsync("ip", ["link", "delete", options.BridgeName], null, cancellationToken);
        // Naming a table makes it, so that its deletion cannot fail for its absence.
        await NftAsync($"table ip {Table}\ndelete table ip {Table}\n", cancellationToken);
        if (Directory.Exists(Addresses)) Directory.Delete(Addresses, recursive: true);
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
            },
            { "type": "portmap", "capabilities": { "portMappings": true } }
          ]
        }
        """;

    private static async Task NftAsync(string script, CancellationToken cancellationToken)
    {
        var (code, error) = await RunAsync("nft", ["-f", "-"], script, cancellationToken);
        if (code != 0) throw new InvalidOperationException($"nft refused the pod network's rules: {error}");
    }

    private static async Task<(int Code, string Error)> RunAsync(string command, string[] arguments, string? input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start");
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, (await error).Trim());
    }
}

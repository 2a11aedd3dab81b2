namespace Minik8s.Testing.Cluster;

/// <summary>A network namespace that stands for a machine: one veth link to the host, its own loopback, bridges and nftables.</summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private static int _last;

    private NetworkNamespace(string name, string hostLink, string address, string gateway)
    {
        Name = name;
        HostLink = hostLink;
        Address = address;
        Gateway = gateway;
    }

    public string Name { get; }

    /// <summary>The host's end of the link.</summary>
    public string HostLink { get; }

    /// <summary>The machine's address.</summary>
    public string Address { get; }

    /// <summary>The host's address on the link.</summary>
    public string Gateway { get; }

    public static async Task<NetworkNamespace> CreateAsync()
    {
        // Distinct for every process and every namespace in it: tests of two checkouts may run at once.
        var number = Interlocked.Increment(ref _last);
        var process = Environment.ProcessId;
        var third = process % 250;
        var fourth = number * 4 % 252;
        var made = new NetworkNamespace($"mk8s-{process}-{number}", $"mk{process % 100000}x{number}h", $"10.213.{third}.{fourth + 2}", $"10.213.{third}.{fourth + 1}");
        var peer = made.HostLink[..^1] + "n";
        try
        {
            await Ip("netns", "add", made.Name);
            await Ip("link", "add", made.HostLink, "type", "veth", "peer", "name", peer, "netns", made.Name);
            await Ip("addr", "add", $"{made.Gateway}/30", "dev", made.HostLink);
            await Ip("link", "set", made.HostLink, "up");
            await Ip("-n", made.Name, "link", "set", "lo", "up");
            await Ip("-n", made.Name, "link", "set", peer, "name", "eth0");
            await Ip("-n", made.Name, "addr", "add", $"{made.Address}/30", "dev", "eth0");
            await Ip("-n", made.Name, "link", "set", "eth0", "up");
            await Ip("-n", made.Name, "route", "add", "default", "via", made.Gateway);
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The command line that runs a command inside. Only the network namespace is entered: <c>ip netns exec</c> would also hide the host's cgroups.
    /// </summary>
    public string[] Enter(params string[] command) => ["nsenter", $"--net=/run/netns/{Name}", "--", .. command];

    /// <summary>Runs a command inside.</summary>
    public Task<ProcessResult> RunAsync(params string[] command)
    {
        var line = Enter(command);
        return Shell.RunAsync(line[0], line[1..]);
    }

    public async ValueTask DisposeAsync()
    {
        // Either may be absent after a failed start; what counts is that both are gone afterwards.
        await Shell.RunAsync("ip", ["netns", "del", Name]);
        await Shell.RunAsync("ip", ["link", "del", HostLink]);
    }

    private static async Task Ip(params string[] arguments) => (await Shell.RunAsync("ip", arguments)).Succeeded();
}

using System.Net;
using System.Net.Sockets;
using Minik8s.Linux.Conntrack;

namespace Minik8s.Linux.Tests;

/// <summary>The kernel's table of flows, with real flows in it.</summary>
public sealed class ConntrackTests : TestNamespace
{
    [Fact]
    public async Task Only_the_UDP_flows_that_are_picked_are_forgotten()
    {
        // Tracking begins with the first rule that asks for it.
        (await Machine.RunAsync("nft", "table ip t { chain c { type filter hook output priority 0; ct state new accept; }; }")).Succeeded();
        using var server = Make(() => new UdpClient(new IPEndPoint(IPAddress.Loopback, 5353)));
        using var other = Make(() => new UdpClient(new IPEndPoint(IPAddress.Loopback, 5354)));
        using var listener = Make(() =>
        {
            var made = new TcpListener(IPAddress.Loopback, 5353);
            made.Start();
            return made;
        });
        using var tcp = Make(() => new TcpClient(AddressFamily.InterNetwork));
        await tcp.ConnectAsync(IPAddress.Loopback, 5353, TestContext.Current.CancellationToken);
        foreach (var port in new[] { 5353, 5353, 5354 })
        {
            using var client = Make(() => new UdpClient(AddressFamily.InterNetwork));
            await client.SendAsync(new byte[] { 1 }, new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);
        }

        using var table = Make(() => new ConntrackTable());
        Assert.Equal([5353, 5353, 5354], Ports());
        Assert.Equal(2, table.ForgetUdp(f => f.DestinationPort == 5353 && f.Destination.Equals(IPAddress.Loopback) && f.ReplySource.Equals(IPAddress.Loopback)));
        Assert.Equal([5354], Ports());
        Assert.Equal(0, table.ForgetUdp(f => f.DestinationPort == 5353));

        IEnumerable<int> Ports()
        {
            var ports = new List<int>();
            table.ForgetUdp(f =>
            {
                ports.Add(f.DestinationPort);
                return false;
            });
            return ports.Order();
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Minik8s.Testing.Cluster;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>Asks servers from some namespace.</summary>
internal sealed class TestClient(string? ns)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Connects and reads the answer: the server's name and the address that it saw.</summary>
    /// <exception cref="SocketException">Refused.</exception>
    /// <exception cref="OperationCanceledException">No answer in time.</exception>
    public async Task<(string Server, string Seen)> TcpAsync(string address, int port, TimeSpan? limit = null)
    {
        using var client = Make(() => new TcpClient(AddressFamily.InterNetwork));
        using var timeout = new CancellationTokenSource(limit ?? Limit);
        await client.ConnectAsync(IPAddress.Parse(address), port, timeout.Token);
        using var reader = new StreamReader(client.GetStream());
        var words = (await reader.ReadLineAsync(timeout.Token))!.Split(' ');
        return (words[0], words[1]);
    }

    /// <summary>A connection that stays.</summary>
    public async Task<TcpClient> ConnectAsync(string address, int port)
    {
        var client = Make(() => new TcpClient(AddressFamily.InterNetwork));
        using var timeout = new CancellationTokenSource(Limit);
        await client.ConnectAsync(IPAddress.Parse(address), port, timeout.Token);
        return client;
    }

    /// <summary>A socket that sends datagrams from one port, as one flow.</summary>
    public UdpClient Udp(string address, int port) => Make(() =>
    {
        var client = new UdpClient(AddressFamily.InterNetwork);
        client.Connect(IPAddress.Parse(address), port);
        return client;
    });

    /// <summary>Sends a datagram and waits for the answer.</summary>
    public static async Task<string> AskAsync(UdpClient client, TimeSpan? limit = null)
    {
        using var timeout = new CancellationTokenSource(limit ?? Limit);
        await client.SendAsync("?"u8.ToArray(), timeout.Token);
        return Encoding.ASCII.GetString((await client.ReceiveAsync(timeout.Token)).Buffer).Split(' ')[0];
    }

    private T Make<T>(Func<T> make) => ns is null ? make() : NamespaceThread.Run(ns, make);
}

using System.Net;
using System.Net.Sockets;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>Two ends of a real TCP connection on loopback.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket first, Socket second)
    {
        First = first;
        Second = second;
    }

    public Socket First { get; }

    public Socket Second { get; }

    public NetworkStream FirstStream => new(First, ownsSocket: true);

    public NetworkStream SecondStream => new(Second, ownsSocket: true);

    public static async Task<SocketPair> ConnectAsync(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
        return new(client, await listener.AcceptSocketAsync(cancellationToken));
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}

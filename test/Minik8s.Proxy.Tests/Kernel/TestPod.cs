using System.Net;
using System.Net.Sockets;
using System.Text;
using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>A network namespace on the bridge of a test node, with small servers that answer with their name and the address of who asks.</summary>
internal sealed class TestPod(string name, string ns, string address) : IAsyncDisposable
{
    private readonly List<IDisposable> _sockets = [];

    public string Name => name;

    public string Namespace => ns;

    public string Address => address;

    /// <summary>Answers each TCP connection with one line, and each further line with itself.</summary>
    public TestPod ServeTcp(int port)
    {
        var listener = NamespaceThread.Run(ns, () =>
        {
            var made = new TcpListener(IPAddress.Any, port);
            made.Start(512);
            return made;
        });
        _sockets.Add(listener);
        _ = AcceptAsync(listener);
        return this;
    }

    /// <summary>Answers each datagram with one.</summary>
    public TestPod ServeUdp(int port)
    {
        var server = NamespaceThread.Run(ns, () => new UdpClient(new IPEndPoint(IPAddress.Any, port)));
        _sockets.Add(server);
        _ = AnswerAsync(server);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets) socket.Dispose();
        await Shell.RunAsync("ip", ["netns", "del", ns]);
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            try
            {
                _ = AnswerAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{name} {((IPEndPoint)client.Client.RemoteEndPoint!).Address}\n"));
                await stream.CopyToAsync(stream);
            }
            catch (IOException)
            {
                // The client is gone.
            }
        }
    }

    private async Task AnswerAsync(UdpClient server)
    {
        while (true)
        {
            try
            {
                var asked = await server.ReceiveAsync();
                await server.SendAsync(Encoding.ASCII.GetBytes($"{name} {asked.RemoteEndPoint.Address}"), asked.RemoteEndPoint);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}

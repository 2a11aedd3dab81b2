using System.Net.Sockets;

namespace Minik8s.ApiServer.Streaming;

/// <summary>TCP keep-alive for connections that may be silent for hours: a peer that vanished without a word is noticed after about two minutes.</summary>
internal static class KeepAlive
{
    public static void Enable(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 6);
    }
}

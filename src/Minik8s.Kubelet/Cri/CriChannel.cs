using System.Net.Sockets;
using Grpc.Net.Client;

namespace Minik8s.Kubelet.Cri;

/// <summary>A gRPC channel over a Unix socket.</summary>
internal static class CriChannel
{
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    public static GrpcChannel Open(string socket) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        MaxReceiveMessageSize = MaxMessageBytes,
        // An orderly stop must not look like a fault of the runtime.
        ThrowOperationCanceledOnCancellation = true,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        },
    });
}

using System.Buffers;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Carries bytes between two upgraded connections, both ways, until one of them ends.</summary>
internal static class UpgradeTunnel
{
    private const int BufferSize = 32 * 1024;

    /// <summary>Returns when either side has ended; both streams are disposed then.</summary>
    public static async Task RunAsync(Stream client, Stream kubelet, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var toClient = CopyAsync(kubelet, client, stop.Token);
        var toKubelet = CopyAsync(client, kubelet, stop.Token);

        // What the kubelet has sent is delivered before its end is; there is no half-close through TLS.
        await Task.WhenAny(toClient, toKubelet);
        await stop.CancelAsync();
        await kubelet.DisposeAsync();
        await client.DisposeAsync();
        await Task.WhenAll(toClient, toKubelet);
    }

    /// <summary>Copies until the source ends or either side fails, which is how such connections usually end.</summary>
    public static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                await to.FlushAsync(cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Either peer hung up.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

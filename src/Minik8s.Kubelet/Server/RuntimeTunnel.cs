using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Minik8s.Kubelet.Server;

/// <summary>Carries a client's upgraded connection through to the runtime's streaming server, whatever protocol is spoken on it.</summary>
internal static class RuntimeTunnel
{
    private const int BufferSize = 32 * 1024;
    private const string Versions = "X-Stream-Protocol-Version";
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);
    private static readonly string[] ConnectionHeaders = ["Connection", "Keep-Alive", "Transfer-Encoding", "Date", "Server"];

    /// <summary>Sends the client's request to <paramref name="url"/>, passes on the answer and, after 101, all bytes until both sides are done.</summary>
    /// <exception cref="IOException">The runtime does not answer, or not in HTTP.</exception>
    /// <exception cref="SocketException">It cannot be reached.</exception>
    public static async Task RunAsync(HttpContext context, Uri url, TimeProvider time, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        RuntimeAnswer answer;
        await using var runtime = await ConnectAsync(socket, url, cancellationToken);
        using (var late = new CancellationTokenSource(AnswerLimit, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken))
        {
            try
            {
                await runtime.WriteAsync(Request(context.Request, url), either.Token);
                answer = await RuntimeAnswer.ReadAsync(runtime, either.Token);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested)
            {
                throw new IOException($"the runtime's streaming server did not answer within {AnswerLimit.TotalSeconds} s");
            }
        }

        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        foreach (var group in answer.Headers.GroupBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (!ConnectionHeaders.Contains(group.Key, StringComparer.OrdinalIgnoreCase)) response.Headers[group.Key] = group.Select(h => h.Value).ToArray();
        }

        if (answer.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            await CopyBodyAsync(answer, runtime, response.Body, cancellationToken);
            return;
        }

        NoRateLimits(context);
        if (context.Features.Get<IConnectionSocketFeature>() is { Socket: { } peer }) peer.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        await using var client = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        if (answer.Beyond.Length > 0)
        {
            await client.WriteAsync(answer.Beyond, cancellationToken);
            await client.FlushAsync(cancellationToken);
        }

        await CarryAsync(client, runtime, socket, cancellationToken);
    }

    private static async Task<NetworkStream> ConnectAsync(Socket socket, Uri url, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(url.DnsSafeHost, url.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: false);
    }

    private static async Task CarryAsync(Stream client, Stream runtime, Socket socket, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var toRuntime = CopyAsync(client, runtime, stop.Token);
        var toClient = CopyAsync(runtime, client, stop.Token);
        if (await Task.WhenAny(toRuntime, toClient) == toRuntime && await toRuntime)
        {
            // The client has said all it has to say; the runtime's answer still comes.
            try
            {
                socket.Shutdown(SocketShutdown.Send);
                await toClient;
            }
            catch (SocketException)
            {
                // The runtime was faster.
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(toRuntime, toClient);
    }

    /// <summary>Copies until the source ends; false when either side failed, which is how such connections often end.</summary>
    private static async Task<bool> CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
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

            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Request(HttpRequest request, Uri url)
    {
        var text = new StringBuilder().Append(request.Method).Append(' ').Append(url.PathAndQuery).Append(" HTTP/1.1\r\nHost: ").Append(url.Authority).Append("\r\n");
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(':') || name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) continue;
            // Older runtimes do not take several versions in one line apart.
            var lines = name.Equals(Versions, StringComparison.OrdinalIgnoreCase)
                ? values.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                : values;
            foreach (var value in lines) text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    private static async Task CopyBodyAsync(RuntimeAnswer answer, Stream runtime, Stream body, CancellationToken cancellationToken)
    {
        await using var content = new RuntimeBody(answer.Beyond, runtime);
        if (answer.Header("Transfer-Encoding") is { } coding && coding.Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (await content.ReadChunkLengthAsync(cancellationToken) is > 0 and var length)
            {
                await content.CopyAsync(body, length, cancellationToken);
                await content.ReadLineAsync(cancellationToken);
            }

            return;
        }

        var whole = answer.Header("Content-Length") is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : long.MaxValue;
        await content.CopyAsync(body, whole, cancellationToken);
    }

    /// <summary>A terminal may be silent for hours.</summary>
    private static void NoRateLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request) request.MinDataRate = null;
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response) response.MinDataRate = null;
    }
}

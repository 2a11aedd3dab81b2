using System.Buffers;
using System.Text;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Streaming;

/// <summary>The kubelet's end of a remote command: one SPDY stream each for errors, stdin, stdout, stderr and the terminal's size.</summary>
internal sealed class KubeletCommand : IAsyncDisposable
{
    /// <summary>As long as Kubernetes waits for each stream to be accepted.</summary>
    private static readonly TimeSpan StreamCreationTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(30);
    private const int MaxStatusLength = 64 * 1024;

    private readonly SpdyConnection _connection;
    private readonly SpdyStream _error;
    private readonly ITimer _pings;

    private KubeletCommand(SpdyConnection connection, SpdyStream error, TimeProvider time)
    {
        _connection = connection;
        _error = error;
        // Runtimes drop connections on which nothing happens for hours; an open terminal is not nothing.
        _pings = time.CreateTimer(_ => connection.Ping(), null, PingInterval, PingInterval);
    }

    public SpdyStream? Stdin { get; private set; }

    public SpdyStream? Stdout { get; private set; }

    public SpdyStream? Stderr { get; private set; }

    public SpdyStream? Resize { get; private set; }

    /// <summary>Opens the streams over an upgraded connection, which it owns from now on.</summary>
    /// <exception cref="SpdyException">The kubelet refused a stream or hung up.</exception>
    /// <exception cref="TimeoutException">It did not answer.</exception>
    public static async Task<KubeletCommand> OpenAsync(Stream upgraded, StreamOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = new SpdyConnection(upgraded, server: false);
        try
        {
            Task<SpdyStream?> OpenAsync(string type, bool wanted) => wanted ? OpenStreamAsync(connection, type, time, cancellationToken) : Task.FromResult<SpdyStream?>(null);

            // The order is that of client-go; with a terminal, stderr comes through stdout.
            var error = OpenAsync("error", true);
            var stdin = OpenAsync("stdin", options.Stdin);
            var stdout = OpenAsync("stdout", options.Stdout);
            var stderr = OpenAsync("stderr", options.Stderr && !options.Tty);
            var resize = OpenAsync("resize", options.Tty);
            await Task.WhenAll(error, stdin, stdout, stderr, resize);
            return new KubeletCommand(connection, (await error)!, time) { Stdin = await stdin, Stdout = await stdout, Stderr = await stderr, Resize = await resize };
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the command's end; gives the Status to report, success or not.</summary>
    public async Task<byte[]> ReadStatusAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _error.Input.ReadAsync(cancellationToken);
            if (result.Buffer.Length > MaxStatusLength) return StatusJson.Failure(StatusErrors.Internal("the kubelet's error message is too long"));
            if (!result.IsCompleted)
            {
                _error.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            var status = result.Buffer.ToArray();
            _error.Input.AdvanceTo(result.Buffer.End);
            if (status.Length == 0)
            {
                // Version 4 always ends with a Status, so this is an end without one.
                var why = _error.Error?.Message ?? "the error stream ended without a status";
                return StatusJson.Failure(StatusErrors.Internal($"error stream from the container's runtime: {why}"));
            }

            return StatusJson.IsStatus(status) ? status : StatusJson.Failure(StatusErrors.Internal(Encoding.UTF8.GetString(status)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _pings.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static async Task<SpdyStream?> OpenStreamAsync(SpdyConnection connection, string type, TimeProvider time, CancellationToken cancellationToken) =>
        await connection.OpenStreamAsync(new Dictionary<string, string> { [RemoteCommandProtocol.StreamType] = type }, cancellationToken).WaitAsync(StreamCreationTimeout, time, cancellationToken);
}

using System.IO.Pipelines;
using System.Text;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>What a command in a container has to hand: its streams, as a runtime's streaming server gets them.</summary>
internal sealed class FakeCommand(IReadOnlyDictionary<string, SpdyStream> streams, string path, IReadOnlyList<string> arguments)
{
    public string Path => path;

    public IReadOnlyList<string> Arguments => arguments;

    public IEnumerable<string> StreamTypes => streams.Keys;

    public PipeReader Stdin => streams["stdin"].Input;

    public PipeReader Resize => streams["resize"].Input;

    public ValueTask WriteAsync(string stream, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => streams[stream].WriteAsync(data, cancellationToken);

    public ValueTask WriteAsync(string text, CancellationToken cancellationToken) => WriteAsync("stdout", Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Copies stdin to stdout until it is closed.</summary>
    public async Task<long> CatAsync(CancellationToken cancellationToken)
    {
        var total = 0L;
        while (true)
        {
            var result = await Stdin.ReadAsync(cancellationToken);
            foreach (var segment in result.Buffer)
            {
                await WriteAsync("stdout", segment, cancellationToken);
                total += segment.Length;
            }

            Stdin.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) return total;
        }
    }
}

using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace Minik8s.Kubelet.Logs;

/// <summary>Reads one container's log file, as the runtime writes it through the CRI, and follows it over rotations.</summary>
internal sealed class ContainerLog : IDisposable
{
    private const int Block = 64 * 1024;
    // Far above what runtimes write into one line; a file that exceeds it is not a log.
    private const int MaxLine = 16 * 1024 * 1024;
    // Changes are told by inotify; what that cannot tell is whether the container has ended.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly ContainerLogOptions _options;
    private readonly TimeProvider _time;
    private readonly LogChanges? _changes;
    private SafeFileHandle _file;
    private long _position;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Block);
    private int _filled;
    private long _remaining;
    // Whether the last line put out goes on.
    private bool _within;

    private ContainerLog(string path, ContainerLogOptions options, TimeProvider time)
    {
        _path = path;
        _options = options;
        _time = time;
        _remaining = options.LimitBytes ?? long.MaxValue;
        // Before the file is read: a change while that happens is not missed.
        _changes = options.Follow ? new LogChanges(path) : null;
        try
        {
            _file = OpenFile(path);
            if (options.TailLines is { } lines) _position = LogTail.FindStart(_file, lines);
        }
        catch
        {
            _changes?.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file and finds where the wanted part begins.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">Its directory is missing.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ContainerLog Open(string path, ContainerLogOptions options, TimeProvider time) => new(path, options, time);

    /// <summary>Writes the wanted part; when following, until the container has ended and all is written, or the reader leaves.</summary>
    /// <param name="output">Flushed after each piece; left open.</param>
    /// <param name="containerEnded">Whether nothing will be added any more.</param>
    /// <param name="cancellationToken">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task CopyToAsync(PipeWriter output, Func<bool> containerEnded, CancellationToken cancellationToken)
    {
        while (true)
        {
            // In this order: what the container wrote before it ended is read after that was seen.
            var ended = _changes is null || containerEnded();
            var rotated = _changes is not null && FileIdentity.At(_path) is { } now && now != FileIdentity.Of(_file);
            if (!await DrainAsync(output, cancellationToken)) return;
            if (rotated)
            {
                await FinishAsync(output, cancellationToken);
                Reopen();
                continue;
            }

            if (ended)
            {
                await FinishAsync(output, cancellationToken);
                return;
            }

            await _changes!.WaitAsync(CheckInterval, _time, cancellationToken);
        }
    }

    public void Dispose()
    {
        _changes?.Dispose();
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static SafeFileHandle OpenFile(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private void Reopen()
    {
        SafeFileHandle next;
        try
        {
            next = OpenFile(_path);
        }
        catch (FileNotFoundException)
        {
            // Renamed again in this moment; the next one will come.
            return;
        }

        _file.Dispose();
        _file = next;
        _position = 0;
        _filled = 0;
    }

    /// <summary>Puts out all whole lines there are; false when nothing more is wanted.</summary>
    private async Task<bool> DrainAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        // Emptied in place, as some tools rotate.
        if (_changes is not null && RandomAccess.GetLength(_file) < _position)
        {
            _position = 0;
            _filled = 0;
        }

        while (_remaining > 0)
        {
            if (_filled == _buffer.Length) Grow();
            var read = RandomAccess.Read(_file, _buffer.AsSpan(_filled), _position);
            if (read == 0) return true;
            _position += read;
            _filled += read;
            if (!Write(output)) continue;
            var result = await output.FlushAsync(cancellationToken);
            if (result.IsCompleted || result.IsCanceled) return false;
        }

        return false;
    }

    /// <summary>Puts out a last line without an end: the runtime was stopped while it wrote.</summary>
    private async Task FinishAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        if (_filled == 0 || _remaining == 0) return;
        WriteLine(_buffer.AsSpan(0, _filled), output, whole: false);
        _filled = 0;
        await output.FlushAsync(cancellationToken);
    }

    private void Grow()
    {
        if (_buffer.Length >= MaxLine) throw new InvalidDataException($"{_path}: a line of more than {MaxLine} bytes");
        var bigger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _filled).CopyTo(bigger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = bigger;
    }

    private bool Write(PipeWriter output)
    {
        var rest = _buffer.AsSpan(0, _filled);
        var wrote = false;
        int feed;
        while (_remaining > 0 && (feed = rest.IndexOf((byte)'\n')) >= 0)
        {
            wrote |= WriteLine(rest[..feed], output, whole: true);
            rest = rest[(feed + 1)..];
        }

        rest.CopyTo(_buffer);
        _filled = rest.Length;
        return wrote;
    }

    private bool WriteLine(ReadOnlySpan<byte> raw, PipeWriter output, bool whole)
    {
        // Not ours to explain to the reader: anything else in the file is passed over, as the kubelet does.
        if (!CriLogLine.TryParse(raw, out var line)) return false;
        if (_options.Since is { } since && line.ReadTimestamp() is { } time && time < since) return false;
        if (_options.Timestamps && !_within)
        {
            var room = output.GetSpan(line.Timestamp.Length + 12);
            var length = line.FormatTimestamp(room);
            room[length++] = (byte)' ';
            Put(output, length);
        }

        Copy(output, line.Text);
        _within = line.Partial;
        if (!line.Partial && whole) Copy(output, "\n"u8);
        return true;
    }

    private void Copy(PipeWriter output, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _remaining) bytes = bytes[..(int)_remaining];
        output.Write(bytes);
        _remaining -= bytes.Length;
    }

    private void Put(PipeWriter output, int length)
    {
        length = (int)Math.Min(length, _remaining);
        output.Advance(length);
        _remaining -= length;
    }
}

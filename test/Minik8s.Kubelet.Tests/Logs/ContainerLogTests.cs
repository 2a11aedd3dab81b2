using System.IO.Pipelines;
using System.Text;
using Minik8s.Kubelet.Logs;

namespace Minik8s.Kubelet.Tests.Logs;

public sealed class ContainerLogTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("minik8s-log").FullName;

    private string LogPath => Path.Combine(_directory, "0.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Whole_lines_come_as_the_container_wrote_them()
    {
        Write("a.1Z stdout F one", "a.2Z stderr F two words ", "a.3Z stdout F ", "a.4Z stdout F", "a.5Z stdout F:x five");
        Assert.Equal("one\ntwo words \n\n\nfive\n", await ReadAsync(new()));
    }

    [Fact]
    public async Task Parts_are_joined_with_one_time()
    {
        Write("2024-01-01T00:00:00.1Z stdout P ab", "2024-01-01T00:00:00.2Z stdout P cd", "2024-01-01T00:00:00.3Z stdout F ef", "2024-01-01T00:00:01Z stdout F gh");
        Assert.Equal("2024-01-01T00:00:00.100000000Z abcdef\n2024-01-01T00:00:01.000000000Z gh\n", await ReadAsync(new() { Timestamps = true }));
    }

    [Theory]
    [InlineData("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000000000Z")]
    [InlineData("2024-01-01T00:00:00.123456789Z", "2024-01-01T00:00:00.123456789Z")]
    [InlineData("2024-01-01T00:00:00.5+02:00", "2024-01-01T00:00:00.500000000+02:00")]
    [InlineData("odd", "odd")]
    public async Task Times_have_nine_digits(string written, string shown)
    {
        Write(written + " stdout F x");
        Assert.Equal(shown + " x\n", await ReadAsync(new() { Timestamps = true }));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "d\n")]
    [InlineData(2, "bc\nd\n")]
    [InlineData(3, "a\nbc\nd\n")]
    [InlineData(9, "a\nbc\nd\n")]
    public async Task Tail_counts_lines_of_the_container(long lines, string expected)
    {
        Write("t stdout F a", "t stdout P b", "t stdout F c", "t stdout F d");
        Assert.Equal(expected, await ReadAsync(new() { TailLines = lines }));
    }

    [Theory]
    [InlineData("t stdout P a\nt stdout F b\nt stdout P c\n", 1, "c")]
    [InlineData("t stdout P a\nt stdout F b\nt stdout P c\n", 2, "ab\nc")]
    [InlineData("t stdout F a\nt stdout F b", 1, "b")]
    [InlineData("t stdout F a", 1, "a")]
    [InlineData("", 1, "")]
    [InlineData("garbage\n\nt stdout F a\n", 10, "a\n")]
    public async Task Unfinished_lines_count_too(string file, long lines, string expected)
    {
        await File.WriteAllTextAsync(LogPath, file);
        Assert.Equal(expected, await ReadAsync(new() { TailLines = lines }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(997)]
    [InlineData(5000)]
    [InlineData(60000)]
    public async Task Tail_is_right_over_many_blocks(int lines)
    {
        var random = new Random(1);
        var texts = Enumerable.Range(0, 50000).Select(i => i + new string('x', random.Next(120))).ToList();
        // Every third line comes in two parts.
        await File.WriteAllLinesAsync(LogPath, texts.SelectMany((t, i) => i % 3 == 0
            ? new[] { "2024-01-01T00:00:00.000000001Z stdout P " + t[..1], "2024-01-01T00:00:00.000000001Z stdout F " + t[1..] }
            : ["2024-01-01T00:00:00.000000001Z stdout F " + t]));
        Assert.Equal(string.Concat(texts.TakeLast(lines).Select(t => t + "\n")), await ReadAsync(new() { TailLines = lines }));
    }

    [Fact]
    public async Task A_line_longer_than_the_buffer_is_whole()
    {
        var text = new string('y', 300_000);
        Write("t stdout F " + text, "t stdout F end");
        Assert.Equal(text + "\nend\n", await ReadAsync(new() { TailLines = 2 }));
    }

    [Theory]
    [InlineData(1, "a")]
    [InlineData(2, "ab")]
    [InlineData(3, "ab\n")]
    [InlineData(4, "ab\nc")]
    [InlineData(99, "ab\ncd\n")]
    public async Task The_limit_cuts_anywhere(long bytes, string expected)
    {
        Write("t stdout F ab", "t stdout F cd");
        Assert.Equal(expected, await ReadAsync(new() { LimitBytes = bytes }));
    }

    [Theory]
    [InlineData("2024-01-01T00:00:00Z", "a\nb\nc\n")]
    [InlineData("2024-01-01T00:00:01Z", "b\nc\n")]
    [InlineData("2024-01-01T00:00:01.5Z", "c\n")]
    [InlineData("2024-01-02T00:00:00Z", "")]
    public async Task Older_lines_are_left_out(string since, string expected)
    {
        Write("2024-01-01T00:00:00.999999999Z stdout F a", "2024-01-01T02:00:01+02:00 stdout F b", "2024-01-01T00:00:02.123456789Z stdout F c");
        Assert.Equal(expected, await ReadAsync(new() { Since = DateTimeOffset.Parse(since, null) }));
    }

    [Fact]
    public void A_missing_file_is_said_to_be_missing() =>
        Assert.Throws<FileNotFoundException>(() => ContainerLog.Open(LogPath, new() { Follow = true }, TimeProvider.System));

    [Fact]
    public async Task Following_goes_on_over_rotation_until_the_container_has_ended()
    {
        Write("t stdout F one");
        var ended = false;
        var pipe = new Pipe();
        using var log = ContainerLog.Open(LogPath, new() { Follow = true }, TimeProvider.System);
        var copying = log.CopyToAsync(pipe.Writer, () => Volatile.Read(ref ended), default);
        await ExpectAsync(pipe.Reader, "one\n");
        Write("t stdout F two");
        await ExpectAsync(pipe.Reader, "two\n");

        await File.AppendAllTextAsync(LogPath, "t stdout F thr");
        await File.AppendAllTextAsync(LogPath, "ee\n");
        await ExpectAsync(pipe.Reader, "three\n");

        File.Move(LogPath, LogPath + ".20240101-000000");
        await File.AppendAllTextAsync(LogPath + ".20240101-000000", "t stdout F four\n");
        Write("t stdout F five");
        await ExpectAsync(pipe.Reader, "four\nfive\n");

        Write("t stdout F six");
        Volatile.Write(ref ended, true);
        await copying.WaitAsync(Limit);
        await ExpectAsync(pipe.Reader, "six\n");
    }

    [Fact]
    public async Task Following_goes_on_after_the_file_was_emptied()
    {
        Write("t stdout F long enough");
        var pipe = new Pipe();
        using var log = ContainerLog.Open(LogPath, new() { Follow = true }, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var copying = log.CopyToAsync(pipe.Writer, () => false, stop.Token);
        await ExpectAsync(pipe.Reader, "long enough\n");
        await File.WriteAllTextAsync(LogPath, "t stdout F b\n");
        await ExpectAsync(pipe.Reader, "b\n");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying.WaitAsync(Limit));
    }

    [Fact]
    public async Task Following_ends_when_the_reader_leaves_or_has_enough()
    {
        Write("t stdout F abc");
        var pipe = new Pipe();
        using var log = ContainerLog.Open(LogPath, new() { Follow = true, LimitBytes = 2 }, TimeProvider.System);
        await log.CopyToAsync(pipe.Writer, () => false, default).WaitAsync(Limit);
        using var second = ContainerLog.Open(LogPath, new() { Follow = true }, TimeProvider.System);
        await pipe.Reader.CompleteAsync();
        await second.CopyToAsync(pipe.Writer, () => false, default).WaitAsync(Limit);
    }

    private static async Task ExpectAsync(PipeReader reader, string expected)
    {
        var read = await reader.ReadAtLeastAsync(expected.Length).AsTask().WaitAsync(Limit);
        Assert.Equal(expected, Encoding.UTF8.GetString(read.Buffer));
        reader.AdvanceTo(read.Buffer.End);
    }

    private void Write(params string[] lines) => File.AppendAllText(LogPath, string.Concat(lines.Select(l => l + "\n")));

    private async Task<string> ReadAsync(ContainerLogOptions options)
    {
        using var result = new MemoryStream();
        var writer = PipeWriter.Create(result);
        using (var log = ContainerLog.Open(LogPath, options, TimeProvider.System))
        {
            await log.CopyToAsync(writer, () => true, default).WaitAsync(Limit);
        }

        await writer.CompleteAsync();
        return Encoding.UTF8.GetString(result.ToArray());
    }
}

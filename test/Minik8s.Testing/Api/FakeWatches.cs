using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Testing.Api;

/// <summary>The history of a <see cref="FakeApi"/>, and those who follow it.</summary>
internal sealed class FakeWatches
{
    private readonly List<FakeChange> _history = [];
    private readonly List<(FakeSelection Selection, PipeWriter Writer)> _watchers = [];
    private long _floor;

    public void Tell(FakeChange change)
    {
        _history.Add(change);
        foreach (var (selection, writer) in _watchers) Write(selection, writer, change);
    }

    public Stream Begin(FakeSelection selection, long after)
    {
        if (after < _floor) throw StatusErrors.Expired($"too old resource version: {after} ({_floor})");
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        _watchers.Add((selection, pipe.Writer));
        foreach (var change in _history.Where(c => c.Version > after)) Write(selection, pipe.Writer, change);
        return pipe.Reader.AsStream();
    }

    public void Compact(long version)
    {
        _floor = version;
        _history.Clear();
    }

    public void End(Exception? cause)
    {
        foreach (var (_, writer) in _watchers) writer.Complete(cause);
        _watchers.Clear();
    }

    private static void Write(FakeSelection selection, PipeWriter writer, FakeChange change)
    {
        var was = change.Old is not null && selection.Matches(change.Old);
        var matches = change.Now is not null && selection.Matches(change.Now);
        if (!was && !matches) return;
        var line = new JsonObject { ["type"] = was ? matches ? "MODIFIED" : "DELETED" : "ADDED", ["object"] = (change.Now ?? change.Old)!.DeepClone() };
        writer.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        // Nothing waits: the pipe has no limit.
        _ = writer.FlushAsync().AsTask();
    }
}

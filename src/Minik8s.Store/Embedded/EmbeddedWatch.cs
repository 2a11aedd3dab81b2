using System.Runtime.CompilerServices;

namespace Minik8s.Store.Embedded;

/// <summary>A watch that first replays what history holds and then follows the live events, without a gap or a repetition between the two.</summary>
internal sealed class EmbeddedWatch(Connections connections, WatchHub.Subscription live, string start, string end, long after) : IStoreWatch
{
    private const int ReplayPage = 500;

    public async IAsyncEnumerable<WatchBatch> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The live queue is complete after live.From; what lies between comes from the database.
        var replayed = after;
        while (replayed < live.From)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = replayed;
            var events = connections.Read(c => HistoryReader.Events(c, start, end, from, live.From, ReplayPage));
            replayed = events.Count < ReplayPage ? live.From : events[^1].Revision;
            if (events.Count > 0) yield return new WatchBatch(replayed, events);
        }

        await foreach (var batch in live.Batches.ReadAllAsync(cancellationToken))
        {
            live.Taken(batch);
            if (batch.Revision >= after) yield return Trim(batch);
        }
    }

    public ValueTask RequestProgressAsync(CancellationToken cancellationToken)
    {
        live.RequestProgress();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        live.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A watch may start at a revision that is committed but not published yet; those events are the caller's past.</summary>
    private WatchBatch Trim(WatchBatch batch) =>
        batch.Events.Count > 0 && batch.Events[0].Revision <= after ? batch with { Events = [.. batch.Events.Where(e => e.Revision > after)] } : batch;
}

using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>Carries a watcher's events to its client, and knows how far the client has come.</summary>
/// <param name="cache">What is watched.</param>
/// <param name="watcher">The client's place in it.</param>
/// <param name="writer">The way to the client.</param>
/// <param name="marksInitialEvents">Whether the client wants to be told where the present objects end.</param>
internal sealed class WatchStream(ResourceCache cache, Watcher watcher, WatchWriter writer, bool marksInitialEvents)
{
    private bool _initialSent = !marksInitialEvents;

    /// <summary>The revision up to which the client has been told everything that it watches; 0 while that is unknown.</summary>
    private long _sent;

    /// <summary>Runs until cancelled, or until the watcher is ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (await SendWaitingAsync(cancellationToken)) writer.Bookmark(_sent, initial: false);
            await writer.FlushAsync(cancellationToken);
        }
        while (await watcher.WaitAsync(cancellationToken));
    }

    /// <summary>The watch's time is over: sends what waits, and a last bookmark from which the client can resume.</summary>
    public async Task EndAsync(bool bookmarks, CancellationToken cancellationToken)
    {
        await SendWaitingAsync(cancellationToken);
        if (bookmarks) writer.Bookmark(_sent, initial: false);
        await writer.FlushAsync(cancellationToken);
    }

    /// <returns>Whether it is time for a bookmark.</returns>
    private async Task<bool> SendWaitingAsync(CancellationToken cancellationToken)
    {
        // Read before the queue is emptied: everything up to it has been offered by then, so a bookmark at it hides nothing.
        var reached = cache.Revision;
        var nudged = false;
        while (watcher.TryTake(out var next))
        {
            if (next is null)
            {
                nudged = true;
                continue;
            }

            // The present objects come in the order of their names, so only what follows them tells how far the client has come.
            var live = next.Event.Revision > watcher.InitialRevision;
            if (live) EndInitial();
            writer.Event(next);
            if (live) _sent = next.Event.Revision;
            if (writer.IsFull) await writer.FlushAsync(cancellationToken);
        }

        EndInitial();
        if (!watcher.Ended) _sent = Math.Max(_sent, reached);
        return nudged;
    }

    private void EndInitial()
    {
        if (_initialSent) return;
        _initialSent = true;
        writer.Bookmark(watcher.InitialRevision, initial: true);
    }
}

using System.Runtime.CompilerServices;
using Minik8s.Store;

namespace Minik8s.ApiServer.Tests.Watch;

/// <summary>A store whose first watch can be cut off, as one that has fallen behind.</summary>
internal sealed class BreakableStore(IStore store) : IStore
{
    private readonly CancellationTokenSource _broken = new();
    private readonly TaskCompletionSource _mended = new();

    public Task Completion => store.Completion;

    /// <summary>Cuts the watch off; reads wait until <see cref="Mend"/>.</summary>
    public void Break() => _broken.Cancel();

    public void Mend() => _mended.SetResult();

    public async ValueTask<RangeResult> RangeAsync(RangeQuery query, CancellationToken cancellationToken)
    {
        if (_broken.IsCancellationRequested) await _mended.Task.WaitAsync(cancellationToken);
        return await store.RangeAsync(query, cancellationToken);
    }

    public ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken cancellationToken) => store.WriteAsync(request, cancellationToken);

    public async ValueTask<IStoreWatch> WatchAsync(string start, string end, long afterRevision, CancellationToken cancellationToken)
    {
        var watch = await store.WatchAsync(start, end, afterRevision, cancellationToken);
        return _broken.IsCancellationRequested ? watch : new Watched(watch, _broken.Token);
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => store.CompactAsync(revision, cancellationToken);

    public ValueTask<long> CurrentRevisionAsync(CancellationToken cancellationToken) => store.CurrentRevisionAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _broken.Dispose();
        return default;
    }

    private sealed class Watched(IStoreWatch watch, CancellationToken broken) : IStoreWatch
    {
        public async IAsyncEnumerable<WatchBatch> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken);
            await using var batches = watch.ReadAllAsync(ending.Token).GetAsyncEnumerator(ending.Token);
            while (true)
            {
                try
                {
                    if (!await batches.MoveNextAsync()) yield break;
                }
                catch (OperationCanceledException) when (broken.IsCancellationRequested)
                {
                    throw new SlowWatcherException();
                }

                yield return batches.Current;
            }
        }

        public ValueTask RequestProgressAsync(CancellationToken cancellationToken) => watch.RequestProgressAsync(cancellationToken);

        public ValueTask DisposeAsync() => watch.DisposeAsync();
    }
}

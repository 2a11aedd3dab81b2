namespace Minik8s.Store.Embedded;

/// <summary>A write, or an explicit compaction, on its way through the writer.</summary>
internal sealed class PendingWrite
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private int _state;

    public PendingWrite(WriteRequest request, byte[] key)
    {
        Request = request;
        Key = key;
    }

    public PendingWrite(long compactTo)
    {
        Key = [];
        CompactTo = compactTo;
    }

    /// <summary>Null for a compaction.</summary>
    public WriteRequest? Request { get; }

    /// <summary>The key in UTF-8.</summary>
    public byte[] Key { get; }

    public long CompactTo { get; }

    public int Size => Key.Length + (Request?.Value?.Length ?? 0);

    /// <summary>Set by the writer before the commit, told to the caller after it.</summary>
    public WriteResult? Result { get; set; }

    public TaskCompletionSource<WriteResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called by the writer; false when the caller has gone.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>Gives up a write that the writer has not taken yet; one that was taken runs to its end, and its caller learns the outcome.</summary>
    public void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting) Done.TrySetCanceled(cancellationToken);
    }
}

namespace Minik8s.ApiServer.FlowControl;

/// <summary>
/// Lets a bounded number of requests run at a time. Those that must wait are queued by flow (the user), and the flows take turns, so that one that sends much
/// waits behind itself and not the others behind it.
/// </summary>
internal sealed class FairQueue(FairQueueOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Flow> _flows = new(StringComparer.Ordinal);
    private readonly Queue<Flow> _turns = new();
    private int _running;
    private int _waiting;

    /// <summary>How many requests run now.</summary>
    public int Running
    {
        get
        {
            lock (_gate) return _running;
        }
    }

    /// <summary>How many wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting;
        }
    }

    /// <summary>Waits for a seat; dispose it when the request has been served. Null: the queue is full, or the request has waited too long.</summary>
    public async ValueTask<IDisposable?> EnterAsync(string flowName, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_running < options.Seats)
            {
                _running++;
                return new Seat(this);
            }

            if (!_flows.TryGetValue(flowName, out var flow)) flow = new Flow(flowName);
            if (_waiting >= options.QueueLength || flow.Waiters.Count >= options.QueueLengthOfFlow) return null;
            waiter = new Waiter(this);
            flow.Waiters.Enqueue(waiter);
            _waiting++;
            if (flow.Waiters.Count == 1)
            {
                _flows[flowName] = flow;
                _turns.Enqueue(flow);
            }
        }

        using var limit = new CancellationTokenSource(options.LongestWait, time);
        await using var timeout = limit.Token.UnsafeRegister(static w => ((Waiter)w!).GiveUp(), waiter);
        await using var gone = cancellationToken.UnsafeRegister(static w => ((Waiter)w!).GiveUp(), waiter);
        var seat = await waiter.Task;
        cancellationToken.ThrowIfCancellationRequested();
        return seat;
    }

    private void Leave()
    {
        lock (_gate)
        {
            while (_turns.TryDequeue(out var flow))
            {
                var next = flow.Waiters.Dequeue();
                if (flow.Waiters.Count > 0) _turns.Enqueue(flow);
                else _flows.Remove(flow.Name);
                // Whoever gave up has been counted out already.
                if (!next.Give(new Seat(this))) continue;
                _waiting--;
                return;
            }

            _running--;
        }
    }

    private sealed class Flow(string name)
    {
        public string Name => name;

        public Queue<Waiter> Waiters { get; } = new();
    }

    private sealed class Waiter(FairQueue queue)
    {
        private readonly TaskCompletionSource<IDisposable?> _seat = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<IDisposable?> Task => _seat.Task;

        public bool Give(IDisposable seat) => _seat.TrySetResult(seat);

        public void GiveUp()
        {
            lock (queue._gate)
            {
                if (_seat.TrySetResult(null)) queue._waiting--;
            }
        }
    }

    private sealed class Seat(FairQueue queue) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) queue.Leave();
        }
    }
}

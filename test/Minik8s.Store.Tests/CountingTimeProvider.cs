using Microsoft.Extensions.Time.Testing;

namespace Minik8s.Store.Tests;

/// <summary>A clock that the test moves and that knows how many timers are set.</summary>
public sealed class CountingTimeProvider : FakeTimeProvider
{
    private int _set;

    public int TimersSet => Volatile.Read(ref _set);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new CountedTimer(this);
        timer.Inner = base.CreateTimer(s => timer.Fire(() => callback(s)), state, dueTime, period);
        timer.Note(dueTime);
        return timer;
    }

    private sealed class CountedTimer(CountingTimeProvider owner) : ITimer
    {
        private int _isSet;

        public ITimer Inner { get; set; } = null!;

        public void Note(TimeSpan dueTime)
        {
            var now = dueTime == Timeout.InfiniteTimeSpan ? 0 : 1;
            Interlocked.Add(ref owner._set, now - Interlocked.Exchange(ref _isSet, now));
        }

        public void Fire(Action callback)
        {
            Note(Timeout.InfiniteTimeSpan);
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Note(dueTime);
            return Inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            Note(Timeout.InfiniteTimeSpan);
            Inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

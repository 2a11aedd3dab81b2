using Minik8s.ApiServer.Services;

namespace Minik8s.ApiServer.Tests.Services;

/// <summary>A value has one owner at a time, whoever asks at once.</summary>
public sealed class AllocationIndexTests
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);
    private readonly SteppedTime _time = new();

    [Fact]
    public void A_reserved_value_is_its_owners_until_the_reservation_ends()
    {
        var index = new AllocationIndex<int>(_time, Life);
        Assert.True(index.TryReserve(1, "a"));
        Assert.True(index.TryReserve(1, "a"));
        Assert.False(index.TryReserve(1, "a", fresh: true));
        Assert.False(index.TryReserve(1, "b"));
        _time.Step(Life);
        Assert.True(index.TryReserve(1, "b"));
    }

    [Fact]
    public void A_held_value_is_its_owners_until_it_is_seen_to_be_given_up()
    {
        var index = new AllocationIndex<int>(_time, Life);
        index.Observe("a", [1, 2]);
        _time.Step(Life);
        Assert.False(index.TryReserve(1, "b"));
        Assert.True(index.TryReserve(1, "a"));
        index.Observe("a", [2]);
        Assert.True(index.TryReserve(1, "a"));
        Assert.False(index.TryReserve(2, "b"));
        index.Observe("a", []);
        Assert.True(index.TryReserve(1, "b"));
        Assert.True(index.TryReserve(2, "b"));
    }

    [Fact]
    public void A_value_is_free_at_once_when_its_owner_is_gone()
    {
        var index = new AllocationIndex<int>(_time, Life);
        Assert.True(index.TryReserve(1, "a"));
        index.Observe("a", [1]);
        index.Observe("a", []);
        Assert.True(index.TryReserve(1, "b"));
    }

    [Fact]
    public void A_question_reserves_nothing()
    {
        var index = new AllocationIndex<int>(_time, Life);
        Assert.True(index.TryReserve(1, "a", keep: false));
        Assert.True(index.TryReserve(1, "b"));
        Assert.False(index.TryReserve(1, "a", keep: false));
    }

    [Fact]
    public async Task Everybody_who_draws_at_once_gets_another_value_until_none_is_left()
    {
        var index = new AllocationIndex<int>(_time, Life);
        var range = new AllocationRange(100, 64, 16);
        var drawn = await Task.WhenAll(Enumerable.Range(0, 80).Select(i => Task.Run(() => range.Draw(v => index.TryReserve(v, $"owner-{i}", fresh: true)))));
        Assert.Equal(64, drawn.OfType<int>().Distinct().Count());
        Assert.Equal(16, drawn.Count(d => d is null));
        Assert.All(drawn.OfType<int>(), v => Assert.InRange(v, 100, 163));
    }

    [Fact]
    public void The_lowest_values_are_drawn_last()
    {
        var index = new AllocationIndex<int>(_time, Life);
        var range = new AllocationRange(0, 64, 16);
        for (var i = 0; i < 48; i++) Assert.InRange(range.Draw(v => index.TryReserve(v, "a", fresh: true))!.Value, 16, 63);
        for (var i = 0; i < 16; i++) Assert.InRange(range.Draw(v => index.TryReserve(v, "a", fresh: true))!.Value, 0, 15);
        Assert.Null(range.Draw(v => index.TryReserve(v, "a", fresh: true)));
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void Step(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
    }
}

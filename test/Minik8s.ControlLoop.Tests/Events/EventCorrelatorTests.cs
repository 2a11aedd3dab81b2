using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Minik8s.ControlLoop.Tests.Events;

public sealed class EventCorrelatorTests
{
    private static readonly V1ObjectReference Pod = new() { ApiVersion = "v1", Kind = "Pod", NamespaceProperty = "ns", Name = "web", Uid = "u1" };

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly EventCorrelator _correlator;

    public EventCorrelatorTests() => _correlator = new EventCorrelator("kubelet", "node-1", _clock);

    [Fact]
    public void A_new_event_says_who_what_and_when()
    {
        var e = _correlator.Correlate(Pod, EventType.Warning, "BackOff", "restarting")!;
        Assert.Equal("ns", e.Metadata.NamespaceProperty);
        Assert.StartsWith("web.", e.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(("Warning", "BackOff", "restarting", 1), (e.Type, e.Reason, e.Message, e.Count));
        Assert.Equal(("kubelet", "node-1", "kubelet", "node-1"), (e.Source.Component, e.Source.Host, e.ReportingComponent, e.ReportingInstance));
        Assert.Equal(_clock.GetUtcNow().UtcDateTime, e.FirstTimestamp);
        Assert.Equal(e.FirstTimestamp, e.LastTimestamp);
    }

    [Fact]
    public void An_event_about_an_object_of_the_cluster_goes_to_the_default_namespace()
    {
        var node = new V1ObjectReference { Kind = "Node", Name = "n1", Uid = "n1" };
        Assert.Equal("default", _correlator.Correlate(node, EventType.Normal, "Starting", "")!.Metadata.NamespaceProperty);
    }

    [Fact]
    public void The_same_event_again_raises_the_count_of_the_first()
    {
        var first = _correlator.Correlate(Pod, EventType.Normal, "Pulled", "image")!;
        _clock.Advance(TimeSpan.FromMinutes(1));
        var second = _correlator.Correlate(Pod, EventType.Normal, "Pulled", "image")!;
        Assert.Equal(first.Metadata.Name, second.Metadata.Name);
        Assert.Equal(2, second.Count);
        Assert.Equal(first.FirstTimestamp, second.FirstTimestamp);
        Assert.Equal(_clock.GetUtcNow().UtcDateTime, second.LastTimestamp);
    }

    [Theory]
    [InlineData("type")]
    [InlineData("reason")]
    [InlineData("message")]
    [InlineData("object")]
    [InlineData("field")]
    public void An_event_that_differs_is_another_one(string what)
    {
        var first = _correlator.Correlate(Pod, EventType.Normal, "Pulled", "image")!;
        var about = new V1ObjectReference { Kind = "Pod", NamespaceProperty = "ns", Name = "web", Uid = what == "object" ? "u2" : "u1", FieldPath = what == "field" ? "spec.containers{a}" : null };
        var second = _correlator.Correlate(
            about, what == "type" ? EventType.Warning : EventType.Normal, what == "reason" ? "Pulling" : "Pulled", what == "message" ? "other" : "image")!;
        Assert.NotEqual(first.Metadata.Name, second.Metadata.Name);
        Assert.Equal(1, second.Count);
    }

    [Fact]
    public void Many_events_that_differ_in_their_message_become_one()
    {
        var events = Enumerable.Range(1, 14).Select(i => _correlator.Correlate(Pod, EventType.Warning, "Failed", $"try {i}")!).ToList();
        Assert.Equal(9, events.Take(9).Select(e => e.Metadata.Name).Distinct().Count());
        Assert.All(events.Take(9), e => Assert.Equal(1, e.Count));
        var combined = events.Skip(9).ToList();
        Assert.Single(combined.Select(e => e.Metadata.Name).Distinct());
        Assert.Equal([1, 2, 3, 4, 5], combined.Select(e => e.Count));
        Assert.Equal("(combined from similar events): try 14", combined[^1].Message);

        _clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("try 15", _correlator.Correlate(Pod, EventType.Warning, "Failed", "try 15")!.Message);
    }

    [Fact]
    public void An_object_has_25_events_at_once_and_then_one_each_five_minutes()
    {
        int Written(int tries) => Enumerable.Range(0, tries).Count(_ => _correlator.Correlate(Pod, EventType.Warning, "BackOff", "again") is not null);
        Assert.Equal(25, Written(100));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, Written(10));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(2, Written(10));
        var other = new V1ObjectReference { Kind = "Pod", NamespaceProperty = "ns", Name = "other", Uid = "u9" };
        Assert.NotNull(_correlator.Correlate(other, EventType.Warning, "BackOff", "again"));
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(25, Written(100));
    }

    [Fact]
    public void What_was_held_back_counts_nevertheless()
    {
        for (var i = 0; i < 30; i++) _correlator.Correlate(Pod, EventType.Warning, "BackOff", "again");
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(31, _correlator.Correlate(Pod, EventType.Warning, "BackOff", "again")!.Count);
    }

    [Fact]
    public void Names_differ_even_within_one_tick_of_the_clock()
    {
        var names = Enumerable.Range(0, 20).Select(i => _correlator.Correlate(new V1ObjectReference { Kind = "Pod", Name = "web", Uid = $"{i}" }, EventType.Normal, "r", "m")!.Metadata.Name);
        Assert.Equal(20, names.Distinct().Count());
    }

    [Fact]
    public void Memory_is_bounded_and_keeps_what_was_used_last()
    {
        var cache = new BoundedCache<int, int>(3);
        for (var i = 1; i <= 3; i++) cache.Set(i, i * 10);
        Assert.True(cache.TryGet(1, out _));
        cache.Set(4, 40);
        Assert.False(cache.TryGet(2, out _));
        Assert.True(cache.TryGet(1, out var value));
        Assert.Equal(10, value);
        cache.Set(1, 11);
        Assert.True(cache.TryGet(1, out value));
        Assert.Equal(11, value);
        Assert.Equal(3, cache.Count);
    }
}

using System.Text.Json;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Client;
using Minik8s.Testing.Time;

namespace Minik8s.ControlLoop.Tests.Informers;

public sealed class ReflectorTests
{
    private static readonly ApiException Gone = new(410, "Expired", "too old resource version: 5 (9)");
    private static readonly ApiException TooLarge = new(504, "Timeout", "Too large resource version: 50, current: 7");

    private readonly SkippingTimeProvider _clock = new();
    private readonly ScriptedListWatch _source = new();
    private readonly RecordingSink _sink = new();

    [Fact]
    public async Task It_lists_whatever_the_server_has_and_watches_from_there()
    {
        _source.List("10", "a@3", "b@7").Watch("+c@11", "~a@12", "-b@13");
        await RunAsync();
        Assert.Equal(["list 0", "watch 10"], _source.Requests);
        Assert.Equal(["replace a@3 b@7", "set c@11", "set a@12", "remove b@13"], _sink.Calls);
    }

    [Fact]
    public async Task The_selection_goes_with_every_request()
    {
        _source.Page("10", "next", "a@3").List("10").Watch();
        await RunAsync(new InformerOptions { Namespace = "ns", LabelSelector = "x=y", FieldSelector = "metadata.name=a" });
        Assert.All(_source.Options, o => Assert.Equal(("ns", "x=y", "metadata.name=a"), (o.Namespace, o.LabelSelector, o.FieldSelector)));
        Assert.InRange(_source.Options[2].Timeout!.Value, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_long_list_comes_in_pages_and_is_handed_on_as_a_whole()
    {
        _source.Page("10", "t1", "a@1").Page("10", "t2", "b@2").List("10", "c@3");
        await RunAsync();
        Assert.Equal(["list 0", "page t1", "page t2"], _source.Requests);
        Assert.Equal(["replace a@1 b@2 c@3"], _sink.Calls);
        // A token carries its version: naming one beside it is an error.
        Assert.Equal(["0", null, null], _source.Options.Select(o => o.ResourceVersion));
        Assert.All(_source.Options, o => Assert.Equal(500, o.Limit));
    }

    [Fact]
    public async Task When_pages_expire_the_next_list_is_in_one_piece()
    {
        _source.Page("10", "t1", "a@1").ListFails(Gone).List("12", "a@1", "b@2").Watch();
        await RunAsync();
        Assert.Equal(["list 0", "page t1", "list ", "watch 12"], _source.Requests);
        Assert.Equal([500, 500, null, null], _source.Options.Select(o => o.Limit));
        Assert.Equal(["replace a@1 b@2"], _sink.Calls);
    }

    [Fact]
    public async Task A_broken_connection_resumes_after_the_last_event()
    {
        _source.List("10").WatchFails(new IOException("reset"), "+a@11", "~a@12").Watch("~a@13");
        await RunAsync();
        Assert.Equal(["list 0", "watch 10", "watch 12"], _source.Requests);
        Assert.Equal(["replace ", "set a@11", "set a@12", "set a@13"], _sink.Calls);
    }

    [Fact]
    public async Task A_bookmark_moves_the_place_to_resume_from_and_nothing_else()
    {
        _source.List("10").WatchFails(new HttpRequestException("reset"), "=@40").Watch("+a@41");
        await RunAsync();
        Assert.Equal(["list 0", "watch 10", "watch 40"], _source.Requests);
        Assert.Equal(["replace ", "set a@41"], _sink.Calls);
    }

    [Fact]
    public async Task A_watch_that_ends_in_good_order_is_renewed_at_once_and_without_a_list()
    {
        _source.List("10").Watch("+a@11").Watch().Meanwhile(() => _clock.Advance(TimeSpan.FromMinutes(5))).Watch("~a@12");
        await RunAsync();
        Assert.Equal(["list 0", "watch 10", "watch 11", "watch 11"], _source.Requests);
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public async Task A_watch_that_ends_at_once_and_empty_is_not_asked_for_in_a_tight_loop()
    {
        _source.List("10").Watch().Watch().Watch();
        await RunAsync();
        Assert.Equal([100, 200, 400], _clock.Waits.Select(w => w.TotalMilliseconds));
    }

    [Fact]
    public async Task A_version_that_the_server_has_forgotten_leads_to_a_new_list_of_the_newest_state()
    {
        _source.List("10", "a@5").WatchFails(Gone, "+b@11").List("30", "b@20").Watch("+c@31");
        await RunAsync();
        Assert.Equal(["list 0", "watch 10", "list ", "watch 30"], _source.Requests);
        Assert.Equal(["replace a@5", "set b@11", "replace b@20", "set c@31"], _sink.Calls);
    }

    [Fact]
    public async Task A_server_that_forgets_faster_than_it_can_be_followed_is_asked_with_pauses()
    {
        _source.List("10").WatchFails(Gone).List("20").WatchFails(Gone).List("30");
        await RunAsync();
        Assert.Equal(2, _clock.Waits.Count);
    }

    [Fact]
    public async Task A_version_that_the_server_never_had_leads_to_a_list_of_what_it_has()
    {
        _source.List("50", "a@50").WatchFails(TooLarge).ListFails(TooLarge).List("7", "b@7").Watch();
        await RunAsync();
        Assert.Equal(["list 0", "watch 50", "list ", "list ", "watch 7"], _source.Requests);
        Assert.Equal(["replace a@50", "replace b@7"], _sink.Calls);
    }

    [Fact]
    public async Task Later_lists_are_not_older_than_what_was_seen()
    {
        _source.List("10").WatchFails(new ApiException(403, "Forbidden", "no"), "+a@15").List("16").Watch();
        await RunAsync();
        Assert.Equal(["list 0", "watch 10", "list 15", "watch 16"], _source.Requests);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_asked_with_growing_pauses()
    {
        _source.ListFails(new HttpRequestException("refused"), 11).List("10").WatchFails(new TimeoutException()).Watch("+a@11");
        await RunAsync();
        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 0.1], _clock.Waits.Select(w => Math.Round(w.TotalSeconds, 3)));
    }

    [Fact]
    public async Task Pauses_also_grow_when_a_list_keeps_failing_long_after_the_last_watch()
    {
        _source.List("10").WatchFails(Gone, "+a@11").Meanwhile(() => _clock.Advance(TimeSpan.FromHours(1))).ListFails(new ApiException(503, "ServiceUnavailable", "starting"), 5).List("20");
        await RunAsync();
        Assert.Equal([100, 200, 400, 800, 1600], _clock.Waits.Select(w => w.TotalMilliseconds));
    }

    [Fact]
    public async Task A_connection_that_held_for_long_and_broke_is_a_new_trouble()
    {
        _source.List("10").WatchFails(new IOException("reset")).WatchFails(new IOException("reset")).WatchFails(new IOException("reset"))
            .Meanwhile(() => _clock.Advance(TimeSpan.FromSeconds(40))).Watch("+a@11");
        await RunAsync();
        Assert.Equal([100, 200, 100], _clock.Waits.Select(w => w.TotalMilliseconds));
    }

    [Fact]
    public async Task A_server_that_names_a_pause_is_given_it()
    {
        _source.ListFails(new ApiException(429, "TooManyRequests", "slow down") { RetryAfter = TimeSpan.FromSeconds(7) }).List("10");
        await RunAsync();
        Assert.Equal([TimeSpan.FromSeconds(7)], _clock.Waits);
    }

    [Fact]
    public async Task What_cannot_be_read_is_passed_over_by_a_new_list()
    {
        _source.ListFails(new JsonException("a string was expected")).List("10").WatchFails(new JsonException("a string was expected"), "+a@11").List("12", "a@11").Watch();
        await RunAsync();
        Assert.Equal(["list 0", "list 0", "watch 10", "list 11", "watch 12"], _source.Requests);
    }

    [Fact]
    public async Task A_failure_of_its_receiver_ends_it()
    {
        _source.List("10").Watch("+a@11");
        _sink.Failure = new InvalidOperationException("a handler broke");
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => Make(null).RunAsync(default));
        Assert.Equal("a handler broke", e.Message);
    }

    private async Task RunAsync(InformerOptions? options = null)
    {
        using var stop = new CancellationTokenSource();
        var running = Make(options).RunAsync(stop.Token);
        if (await Task.WhenAny(running, _source.Finished).WaitAsync(TimeSpan.FromSeconds(30)) == running) await running;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private Reflector<V1ConfigMap> Make(InformerOptions? options) => new("maps", _source, options ?? new InformerOptions(), _sink, _clock, NullLogger.Instance, new NoJitter());

    private sealed class RecordingSink : IReflectorSink<V1ConfigMap>
    {
        public List<string> Calls { get; } = [];

        public Exception? Failure { get; set; }

        public void Replace(IReadOnlyList<V1ConfigMap> items) => Calls.Add("replace " + string.Join(' ', items.Select(Maps.Text)));

        public void Set(V1ConfigMap obj)
        {
            if (Failure is { } failure) throw failure;
            Calls.Add("set " + Maps.Text(obj));
        }

        public void Remove(V1ConfigMap obj) => Calls.Add("remove " + Maps.Text(obj));
    }

    private sealed class NoJitter : Random
    {
        public override double NextDouble() => 0;

        public override int Next(int maxValue) => 0;
    }
}

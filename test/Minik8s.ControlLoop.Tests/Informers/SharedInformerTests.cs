using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Testing.Time;

namespace Minik8s.ControlLoop.Tests.Informers;

public sealed class SharedInformerTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ScriptedListWatch _source = new();

    [Fact]
    public async Task The_first_list_fills_the_store_before_it_counts_as_synced()
    {
        var informer = Make();
        var waiting = informer.WaitForSyncAsync(default);
        Assert.False(informer.HasSynced);
        Assert.False(waiting.IsCompleted);
        Sink(informer).Replace([Maps.Map("a@1"), Maps.Map("b@2")]);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(informer.HasSynced);
        Assert.Equal(2, informer.Lister.Count);
        Assert.Equal("2", informer.Lister.Get(new ObjectKey("default", "b"))!.Metadata.ResourceVersion);
        Assert.Null(informer.Lister.Get(new ObjectKey("other", "b")));
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Make().WaitForSyncAsync(cancel.Token));
    }

    [Fact]
    public void Handlers_hear_of_what_is_there_and_then_of_every_change_after_the_store_has_it()
    {
        var informer = Make();
        var first = new Recorder(informer);
        informer.AddHandler(first);
        Sink(informer).Replace([Maps.Map("a@1")]);
        Sink(informer).Set(Maps.Map("b@2"));
        var late = new Recorder(informer);
        informer.AddHandler(late);
        Sink(informer).Set(Maps.Map("a@3"));
        Sink(informer).Remove(Maps.Map("b@4"));
        Assert.Equal(["initial a@1", "added b@2", "updated a@1 a@3", "deleted b@2"], first.Calls);
        Assert.Equal(["initial a@1", "initial b@2", "updated a@1 a@3", "deleted b@2"], late.Calls);
        Assert.All(first.StoreAgreed, Assert.True);
    }

    [Fact]
    public void A_new_list_tells_what_came_changed_and_went_and_is_silent_about_the_rest()
    {
        var informer = Make();
        Sink(informer).Replace([Maps.Map("same@1"), Maps.Map("changed@2"), Maps.Map("gone@3")]);
        var recorder = new Recorder(informer);
        informer.AddHandler(recorder);
        recorder.Calls.Clear();
        Sink(informer).Replace([Maps.Map("same@1"), Maps.Map("changed@5"), Maps.Map("new@6")]);
        Assert.Equal(["updated changed@2 changed@5", "added new@6", "deleted gone@3"], recorder.Calls);
        Assert.Equal(3, informer.Lister.Count);
    }

    [Fact]
    public void An_object_of_the_same_name_with_another_uid_is_a_deletion_and_an_addition()
    {
        var informer = Make();
        Sink(informer).Replace([Maps.Map("a@1/first")]);
        var recorder = new Recorder(informer);
        informer.AddHandler(recorder);
        recorder.Calls.Clear();
        Sink(informer).Replace([Maps.Map("a@9/second")]);
        Assert.Equal(["deleted a@1", "added a@9"], recorder.Calls);
    }

    [Fact]
    public void The_deletion_of_what_is_not_known_is_no_news()
    {
        var informer = Make();
        var recorder = new Recorder(informer);
        informer.AddHandler(recorder);
        Sink(informer).Remove(Maps.Map("a@1"));
        Assert.Empty(recorder.Calls);
    }

    [Fact]
    public void Indexes_follow_changes_also_those_added_late()
    {
        var informer = Make();
        Sink(informer).Replace([Labelled("a", "1", "red"), Labelled("b", "2", "red"), Labelled("c", "3", "blue")]);
        informer.AddIndex("colour", map => map.Metadata.Labels is { } labels ? labels.Values : []);
        Assert.Equal(["a", "b"], Names("red"));
        Sink(informer).Set(Labelled("a", "4", "blue"));
        Assert.Equal(["b"], Names("red"));
        Assert.Equal(["a", "c"], Names("blue"));
        Sink(informer).Remove(Labelled("b", "5", "red"));
        Assert.Empty(Names("red"));
        Assert.Equal(2, informer.Lister.ByIndex(Indexes.Namespace, "default").Count);
        Assert.Throws<KeyNotFoundException>(() => informer.Lister.ByIndex("shape", "round"));

        IEnumerable<string> Names(string colour) => informer.Lister.ByIndex("colour", colour).Select(m => m.Metadata.Name).Order();
    }

    [Fact]
    public void Managed_fields_are_not_kept_and_a_transform_strips_more()
    {
        var informer = new SharedInformer<V1ConfigMap>("maps", _source, new InformerOptions(), NullLogger.Instance, _clock, transform: map => map.Data = null);
        var map = Maps.Map("a@1");
        map.Metadata.ManagedFields = [new V1ManagedFieldsEntry { Manager = "kubectl" }];
        map.Data = new Dictionary<string, string> { ["large"] = "value" };
        Sink(informer).Set(map);
        var kept = informer.Lister.Get(new ObjectKey("default", "a"))!;
        Assert.Null(kept.Metadata.ManagedFields);
        Assert.Null(kept.Data);
    }

    [Fact]
    public async Task Resync_repeats_every_object_as_an_update_to_itself()
    {
        _source.List("10", "a@1", "b@2");
        var informer = Make(TimeSpan.FromMinutes(10));
        var recorder = new Recorder(informer);
        informer.AddHandler(recorder);
        using var stop = new CancellationTokenSource();
        var running = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(default).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, recorder.Calls.Count);
        await _clock.AdvanceUntilAsync(TimeSpan.FromMinutes(10), () => recorder.Calls.Count >= 4, "a resync");
        Assert.Equal(["updated a@1 a@1", "updated b@2 b@2"], recorder.Calls.Skip(2).Take(2).Order());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_the_informer_with_its_failure()
    {
        _source.List("10", "a@1");
        var informer = Make();
        informer.AddHandler(new ResourceHandler<V1ConfigMap>(_ => throw new InvalidOperationException("broken")));
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => informer.RunAsync(default).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("broken", e.Message);
        Assert.False(informer.HasSynced);
    }

    private SharedInformer<V1ConfigMap> Make(TimeSpan resync = default) => new("maps", _source, new InformerOptions(), NullLogger.Instance, _clock, resync);

    private static IReflectorSink<V1ConfigMap> Sink(SharedInformer<V1ConfigMap> informer) => informer;

    private static V1ConfigMap Labelled(string name, string version, string colour)
    {
        var map = Maps.Map($"{name}@{version}");
        map.Metadata.Labels = new Dictionary<string, string> { ["colour"] = colour };
        return map;
    }

    private sealed class Recorder(SharedInformer<V1ConfigMap> informer) : IResourceHandler<V1ConfigMap>
    {
        public List<string> Calls { get; } = [];

        public List<bool> StoreAgreed { get; } = [];

        public void Added(V1ConfigMap obj, bool initial) => Note($"{(initial ? "initial" : "added")} {Maps.Text(obj)}", obj, obj);

        public void Updated(V1ConfigMap old, V1ConfigMap now) => Note($"updated {Maps.Text(old)} {Maps.Text(now)}", now, now);

        public void Deleted(V1ConfigMap last) => Note($"deleted {Maps.Text(last)}", last, null);

        private void Note(string call, V1ConfigMap obj, V1ConfigMap? stored)
        {
            Calls.Add(call);
            StoreAgreed.Add(ReferenceEquals(informer.Lister.Get(ObjectKey.Of(obj)), stored));
        }
    }
}

using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Testing;
using Minik8s.Testing.Api;
using Minik8s.Testing.Time;

namespace Minik8s.ControlLoop.Tests.Events;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private static readonly V1Pod Pod = new() { Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "default", Uid = "u1", ResourceVersion = "7" } };

    private readonly SkippingTimeProvider _clock = new();
    private readonly FakeApi _api;
    private readonly EventRecorder _recorder;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public EventRecorderTests()
    {
        _api = new FakeApi(_clock);
        _recorder = new EventRecorder(_api.Client, "test", "", NullLogger.Instance, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _api.Dispose();
    }

    [Fact]
    public async Task Events_are_written_and_repeated_ones_patched()
    {
        Start();
        _recorder.Normal(Pod, "Scheduled", "to node-1");
        _recorder.Normal(Pod, "Scheduled", "to node-1");
        _recorder.Warning(Pod, "Failed", "image");
        await WrittenAsync(3);
        var events = _api.All<Corev1Event>().OrderBy(e => e.Reason).ToList();
        Assert.Equal([("Failed", "Warning", 1), ("Scheduled", "Normal", 2)], events.Select(e => (e.Reason, e.Type, e.Count ?? 0)));
        var about = events[0].InvolvedObject;
        Assert.Equal(("v1", "Pod", "default", "web", "u1", "7"), (about.ApiVersion, about.Kind, about.NamespaceProperty, about.Name, about.Uid, about.ResourceVersion));
        Assert.Null(events[0].Source.Host);
        Assert.Equal(["create", "patch", "create"], _api.Writes.Select(w => w.Verb));
    }

    [Fact]
    public async Task A_repeated_event_whose_first_has_expired_is_written_anew_with_its_count()
    {
        Start();
        _recorder.Normal(Pod, "Pulled", "image");
        await WrittenAsync(1);
        _api.Remove<Corev1Event>(_api.All<Corev1Event>()[0].Metadata.Name);
        _recorder.Normal(Pod, "Pulled", "image");
        await WrittenAsync(3);
        Assert.Equal(2, Assert.Single(_api.All<Corev1Event>()).Count);
    }

    [Fact]
    public async Task A_server_that_fails_is_tried_again_with_growing_pauses()
    {
        _api.Refuse("create events", 503, "ServiceUnavailable", times: 2);
        _api.Unreachable("create events");
        Start();
        _recorder.Normal(Pod, "Pulled", "image");
        await WrittenAsync(4);
        Assert.Single(_api.All<Corev1Event>());
        Assert.Equal(3, _clock.Waits.Count);
        Assert.InRange(_clock.Waits[0], TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400));
        Assert.InRange(_clock.Waits[2], TimeSpan.FromMilliseconds(800), TimeSpan.FromMilliseconds(1600));
    }

    [Fact]
    public async Task An_event_that_keeps_failing_is_given_up_for_the_next()
    {
        _api.Refuse("create events", 500, "InternalError", times: 12);
        Start();
        _recorder.Normal(Pod, "Lost", "x");
        _recorder.Normal(Pod, "Kept", "y");
        await WrittenAsync(13);
        Assert.Equal("Kept", Assert.Single(_api.All<Corev1Event>()).Reason);
    }

    [Fact]
    public async Task An_event_that_the_server_refuses_is_not_tried_again()
    {
        _api.Refuse("create events", 403, "Forbidden", "namespace is being terminated");
        Start();
        _recorder.Normal(Pod, "Refused", "x");
        _recorder.Normal(Pod, "Kept", "y");
        await WrittenAsync(2);
        Assert.Equal("Kept", Assert.Single(_api.All<Corev1Event>()).Reason);
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public async Task More_than_the_queue_holds_is_dropped_and_does_not_wait()
    {
        for (var i = 0; i < 1500; i++)
        {
            _recorder.Record(new V1ObjectReference { Kind = "Pod", NamespaceProperty = "default", Name = $"p{i}", Uid = $"{i}" }, EventType.Normal, "Created", "x");
        }

        Start();
        await WrittenAsync(1000);
        _recorder.Normal(Pod, "Last", "x");
        await WrittenAsync(1001);
        Assert.Equal(1001, _api.All<Corev1Event>().Count);
    }

    private void Start() => _running = _recorder.RunAsync(_stop.Token);

    private Task WrittenAsync(int requests) => Eventually.True(() => Task.FromResult(_api.Writes.Count >= requests), $"{requests} writes");
}

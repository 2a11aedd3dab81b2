using System.Text.Json;
using System.Threading.Channels;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>
/// Writes core/v1 events in the background. The queue is bounded: when the server does not keep up, further events are dropped and counted in the
/// log, because a component must never wait for its own remarks.
/// </summary>
public sealed class EventRecorder : IEventRecorder
{
    private const int QueueLength = 1000;
    private const int Tries = 12;
    private static readonly BackOff RetryBackOff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));

    private readonly ResourceClient<Corev1Event> _events;
    private readonly EventCorrelator _correlator;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Channel<(V1ObjectReference About, EventType Type, string Reason, string Message)> _queue;
    private int _dropped;

    /// <param name="client">The connection to write by.</param>
    /// <param name="component">Who reports, such as <c>default-scheduler</c>.</param>
    /// <param name="host">The node it reports from; empty for components of the control plane.</param>
    /// <param name="logger">Where lost events are told.</param>
    /// <param name="time">The clock of time stamps and limits.</param>
    public EventRecorder(KubeClient client, string component, string host, ILogger logger, TimeProvider time)
    {
        _events = client.Resource<Corev1Event>();
        _correlator = new EventCorrelator(component, host, time);
        _logger = logger;
        _time = time;
        _queue = Channel.CreateBounded<(V1ObjectReference, EventType, string, string)>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    }

    public void Record(V1ObjectReference about, EventType type, string reason, string message)
    {
        if (!_queue.Writer.TryWrite((about, type, reason, message))) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what is recorded, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var (about, type, reason, message) in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) EventLog.Dropped(_logger, dropped);
            if (_correlator.Correlate(about, type, reason, message) is { } correlated) await WriteAsync(correlated, cancellationToken);
        }
    }

    private async Task WriteAsync(Corev1Event value, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (value.Count > 1 && await PatchAsync(value, cancellationToken)) return;
                await _events.CreateAsync(value, cancellationToken);
                return;
            }
            catch (ApiException e) when (e.Code is >= 400 and < 500 and not 429)
            {
                // For example the namespace is being deleted: saying it again would not help.
                if (!e.IsAlreadyExists) EventLog.Refused(_logger, value.Reason, value.InvolvedObject.Name, e.Message);
                return;
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or IOException or TimeoutException)
            {
                if (attempt + 1 >= Tries)
                {
                    EventLog.GivenUp(_logger, value.Reason, value.InvolvedObject.Name, e.Message);
                    return;
                }

                await Task.Delay(RetryBackOff.DelayWithJitter(attempt, Random.Shared), _time, cancellationToken);
            }
        }
    }

    private async Task<bool> PatchAsync(Corev1Event value, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("count", value.Count!.Value);
            writer.WriteString("lastTimestamp", value.LastTimestamp!.Value.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteString("message", value.Message);
            writer.WriteEndObject();
        }

        try
        {
            await _events.PatchAsync(value.Metadata.Name, value.Metadata.NamespaceProperty, PatchKind.StrategicMerge, buffer.ToArray(), null, cancellationToken);
            return true;
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // It has expired (events live an hour): the next one is written anew, with the count so far.
            return false;
        }
    }
}

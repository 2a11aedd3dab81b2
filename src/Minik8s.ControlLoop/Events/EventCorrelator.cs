using System.Globalization;
using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>
/// Keeps events from becoming a flood, by client-go's rules: the same event again raises a count; more than ten that differ only in their message
/// within ten minutes become one; and an object gets 25 at once, then one each five minutes.
/// </summary>
internal sealed class EventCorrelator(string component, string host, TimeProvider time)
{
    private const int Remembered = 4096;
    private const int SimilarBeforeCombining = 10;
    private const double Burst = 25;
    private static readonly TimeSpan SimilarInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RefillInterval = TimeSpan.FromMinutes(5);

    private readonly BoundedCache<EventKey, Observation> _seen = new(Remembered);
    private readonly BoundedCache<EventKey, Similar> _similar = new(Remembered);
    private readonly BoundedCache<string, Bucket> _buckets = new(Remembered);
    private long _lastName;

    /// <summary>The event to write; its count tells whether it is new (1) or already there. Null: it is one too many.</summary>
    public Corev1Event? Correlate(V1ObjectReference about, EventType type, string reason, string message)
    {
        var now = time.GetUtcNow();
        var key = EventKey.Same(about, type, reason, message);
        var similarKey = EventKey.Similar(about, type, reason);
        if (!_similar.TryGet(similarKey, out var similar) || now - similar.Last > SimilarInterval) similar = new Similar();
        similar.Last = now;
        similar.Messages.Add(message);
        _similar.Set(similarKey, similar);
        if (similar.Messages.Count >= SimilarBeforeCombining)
        {
            // One message makes room for the next, so the set stays small.
            similar.Messages.Remove(similar.Messages.First());
            key = similarKey;
            message = "(combined from similar events): " + message;
        }

        if (!_seen.TryGet(key, out var seen))
        {
            seen = new Observation(NewName(about.Name ?? "", now), now);
            _seen.Set(key, seen);
        }

        seen.Count++;
        if (!TakeToken($"{about.Kind}/{about.NamespaceProperty}/{about.Name}/{about.Uid}", now)) return null;
        var ns = string.IsNullOrEmpty(about.NamespaceProperty) ? "default" : about.NamespaceProperty;
        return new Corev1Event
        {
            ApiVersion = "v1",
            Kind = "Event",
            Metadata = new V1ObjectMeta { Name = seen.Name, NamespaceProperty = ns },
            InvolvedObject = about,
            Type = type == EventType.Normal ? "Normal" : "Warning",
            Reason = reason,
            Message = message,
            FirstTimestamp = seen.First.UtcDateTime,
            LastTimestamp = now.UtcDateTime,
            Count = seen.Count,
            Source = new V1EventSource { Component = component, Host = host.Length == 0 ? null : host },
            ReportingComponent = component,
            ReportingInstance = host,
        };
    }

    private string NewName(string name, DateTimeOffset now)
    {
        // Nanoseconds since 1970 as client-go has them; the clock's steps of 100 ns are kept apart.
        var stamp = (now - DateTimeOffset.UnixEpoch).Ticks * 100;
        _lastName = stamp > _lastName ? stamp : _lastName + 1;
        return $"{name}.{_lastName.ToString("x", CultureInfo.InvariantCulture)}";
    }

    private bool TakeToken(string key, DateTimeOffset now)
    {
        if (!_buckets.TryGet(key, out var bucket))
        {
            bucket = new Bucket { Tokens = Burst, Filled = now };
            _buckets.Set(key, bucket);
        }

        bucket.Tokens = Math.Min(Burst, bucket.Tokens + (now - bucket.Filled) / RefillInterval);
        bucket.Filled = now;
        if (bucket.Tokens < 1) return false;
        bucket.Tokens--;
        return true;
    }

    private sealed class Observation(string name, DateTimeOffset first)
    {
        public string Name { get; } = name;

        public DateTimeOffset First { get; } = first;

        public int Count { get; set; }
    }

    private sealed class Similar
    {
        public HashSet<string> Messages { get; } = [];

        public DateTimeOffset Last { get; set; }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public DateTimeOffset Filled { get; set; }
    }
}

namespace Minik8s.Store.Etcd;

/// <summary>
/// Leases for keys with a time to live, shared by the keys that are written within a short while: they live a little longer than asked, and a thousand of
/// them cost one lease (as https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/storage/etcd3/lease_manager.go does it).
/// </summary>
internal sealed class EtcdLeases(EtcdConnection connection, TimeProvider time) : IDisposable
{
    private const int MaxKeys = 1000;
    private const double ExtraShare = 0.05;
    private const long MaxExtraSeconds = 60;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<long, Shared> _leases = [];

    /// <summary>A lease that lives at least so long.</summary>
    public async Task<long> ForAsync(TimeSpan life, CancellationToken cancellationToken)
    {
        var seconds = (long)Math.Ceiling(life.TotalSeconds);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_leases.TryGetValue(seconds, out var shared) && time.GetElapsedTime(shared.Granted).TotalSeconds < shared.ReusableSeconds && ++shared.Keys <= MaxKeys) return shared.Id;
            foreach (var (old, lease) in _leases.ToList())
            {
                if (time.GetElapsedTime(lease.Granted).TotalSeconds >= lease.ReusableSeconds) _leases.Remove(old);
            }

            var extra = Math.Min((long)(seconds * ExtraShare), MaxExtraSeconds);
            var granted = time.GetTimestamp();
            // To grant it twice costs nothing but an unused lease, so it is tried again as a read is.
            var answer = await connection.ReadAsync((member, options) => new Wire.Lease.LeaseClient(member).LeaseGrantAsync(new Wire.LeaseGrantRequest { TTL = seconds + extra }, options), cancellationToken);
            if (extra > 0) _leases[seconds] = new Shared(answer.ID, granted, extra);
            return answer.ID;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Forgets a lease that etcd does not have any more.</summary>
    public async Task ForgetAsync(long id)
    {
        await _gate.WaitAsync();
        try
        {
            foreach (var (seconds, lease) in _leases.ToList())
            {
                if (lease.Id == id) _leases.Remove(seconds);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private sealed class Shared(long id, long granted, long reusableSeconds)
    {
        public long Id => id;

        public long Granted => granted;

        public long ReusableSeconds => reusableSeconds;

        public int Keys { get; set; } = 1;
    }
}

using System.Diagnostics;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;
using Minik8s.Linux.Nftables;
using Minik8s.Proxy.Health;
using Minik8s.Proxy.Model;
using Minik8s.Proxy.Rules;

namespace Minik8s.Proxy.Services;

/// <summary>
/// Keeps the table as services and endpoints want it: one loop that takes what has changed since its last turn and writes it as one transaction.
/// Nothing waits on purpose: while a transaction runs, further changes gather for the next.
/// </summary>
internal sealed class ServiceProxy(
    NodeView node, ILister<V1Service> services, Func<ObjectKey, IReadOnlyList<V1EndpointSlice>> slices, ServiceTable table, StaleFlows flows,
    ServiceHealthChecks healthChecks, ProxyHealth health, TimeSpan fullSyncPeriod, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ChainDeletionDelay = TimeSpan.FromSeconds(1);
    private static readonly BackOff RepairBackOff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    private readonly TableModel _model = new();
    private readonly PendingWork _pending = new();
    private NodeView _node = node;
    private string _toldZone = node.Zone;
    private int _failures;
    private int _repairs;
    private DateTimeOffset _lastRepair = DateTimeOffset.MinValue;

    /// <summary>A service or its endpoints may have changed.</summary>
    public void Changed(ObjectKey service)
    {
        health.Queued();
        _pending.Add(service);
    }

    /// <summary>The node's object has changed; null: it is gone.</summary>
    public void NodeChanged(V1Node? present)
    {
        health.SetNode(present);
        var zone = present?.Metadata.Labels is { } labels && labels.TryGetValue("topology.kubernetes.io/zone", out var value) ? value : "";
        // Heartbeats come all the time and change nothing here.
        if (Interlocked.Exchange(ref _toldZone, zone) != zone) _pending.SetZone(zone);
    }

    /// <summary>Something else changed the table.</summary>
    public void Disturbed(NftablesEvent what) => _pending.Disturb(what);

    /// <summary>Writes the table and keeps it, until cancelled. The listers must be complete; the table stays when it ends, so that services go on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var service in services.List()) _pending.Add(ObjectKey.Of(service));
        _pending.WriteAll();
        var nextFull = time.GetUtcNow() + fullSyncPeriod;
        while (true)
        {
            var work = _pending.Take();
            if (time.GetUtcNow() >= nextFull) work = work with { WriteAll = true };
            if (work.WriteAll) nextFull = time.GetUtcNow() + fullSyncPeriod;
            var retry = await TurnAsync(work);
            var wait = retry ?? (table.HasEmptiedChains ? ChainDeletionDelay : nextFull - time.GetUtcNow());
            if (await _pending.WaitAsync(wait, time, cancellationToken)) continue;
            if (retry is null && table.HasEmptiedChains) table.DeleteEmptiedChains();
        }
    }

    /// <returns>When to try again; null: all is written.</returns>
    private async Task<TimeSpan?> TurnAsync(PendingChanges work)
    {
        if (work.Zone is { } zone && zone != _node.Zone)
        {
            _node = _node with { Zone = zone };
            work.Services.UnionWith(_model.Services);
        }

        var started = Stopwatch.GetTimestamp();
        var change = Build(work.Services);
        var writeAll = work.WriteAll || ShallRepair(work.Disturbance);
        try
        {
            Write(writeAll, change, work.Services.Count, started);
        }
        catch (NftablesException e)
        {
            var delay = BackOff.Connections.Delay(_failures++);
            ProxyLog.Failed(logger, table.Name, delay, e.Message);
            _pending.WriteAllLater();
            return delay;
        }

        _failures = 0;
        flows.Forget();
        foreach (var service in work.Services) await UpdateHealthCheckAsync(service);
        health.Updated();
        return null;
    }

    private void Write(bool all, TableChange change, int services, long started)
    {
        if (!all)
        {
            if (change.IsEmpty) return;
            try
            {
                table.Apply(change);
                ProxyLog.Applied(logger, services, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                return;
            }
            catch (NftablesException e)
            {
                ProxyLog.Refused(logger, table.Name, e.Message);
            }
        }

        table.Write(_model);
        ProxyLog.Synced(logger, table.Name, _model.Services.Count, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Repairs the table after a disturbance at once; when that does not end, ever more rarely.</summary>
    private bool ShallRepair(NftablesEvent? disturbance)
    {
        if (disturbance is null || (disturbance == NftablesEvent.Missed && table.IsWhole())) return false;
        var now = time.GetUtcNow();
        if (now - _lastRepair > RepairBackOff.Max * 2) _repairs = 0;
        if (_repairs > 0 && now - _lastRepair < RepairBackOff.Delay(_repairs - 1))
        {
            _pending.DisturbAfter(disturbance.Value, _lastRepair + RepairBackOff.Delay(_repairs - 1) - now, time);
            return false;
        }

        ProxyLog.Disturbed(logger, table.Name);
        _repairs++;
        _lastRepair = now;
        return true;
    }

    private TableChange Build(IEnumerable<ObjectKey> changed)
    {
        var change = new TableChange();
        var builder = new RuleBuilder(_node);
        foreach (var key in changed)
        {
            var before = _model.Of(key);
            if (services.Get(key) is { } service && ServicePorts.Of(service) is { Count: > 0 } ports)
            {
                var rules = builder.Build(ports, EndpointMap.Of(slices(key)), before);
                flows.Note(before?.Udp ?? [], rules.Udp);
                _model.Set(new FrontendOwner(service.Metadata.CreationTimestamp ?? DateTime.MaxValue, key), rules, change);
            }
            else
            {
                _model.Remove(key, change);
            }
        }

        return change;
    }

    private Task UpdateHealthCheckAsync(ObjectKey key)
    {
        var port = services.Get(key) is { } service ? ServicePorts.HealthCheckNodePort(service) : 0;
        return healthChecks.SetAsync(key, port, port == 0 ? 0 : EndpointMap.Of(slices(key)).ReadyOn(_node.Name));
    }
}

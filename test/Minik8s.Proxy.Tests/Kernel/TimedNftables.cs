using System.Diagnostics;
using Minik8s.Linux.Nftables;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>Notes what is run and how long it takes.</summary>
internal sealed class TimedNftables(INftables inner) : INftables
{
    private readonly List<(string Commands, TimeSpan Elapsed)> _runs = [];

    public IReadOnlyList<(string Commands, TimeSpan Elapsed)> Runs
    {
        get
        {
            lock (_runs) return [.. _runs];
        }
    }

    public string Run(string commands)
    {
        var watch = Stopwatch.StartNew();
        var output = inner.Run(commands);
        lock (_runs) _runs.Add((commands, watch.Elapsed));
        return output;
    }

    public void Dispose() => inner.Dispose();
}

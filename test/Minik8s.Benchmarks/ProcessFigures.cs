using System.Globalization;

namespace Minik8s.Benchmarks;

/// <summary>What the kernel counts of a process.</summary>
internal readonly record struct ProcessFigures(int Id)
{
    /// <summary>User and system time, in seconds.</summary>
    public double CpuSeconds
    {
        get
        {
            var fields = File.ReadAllText($"/proc/{Id}/stat").Split(") ")[1].Split(' ');
            // In ticks of a hundredth of a second.
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
        }
    }

    /// <summary>Resident memory now, in MiB.</summary>
    public double Resident => Memory("VmRSS:");

    /// <summary>The most resident memory so far, in MiB.</summary>
    public double Peak => Memory("VmHWM:");

    private double Memory(string field) =>
        long.Parse(File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
}

namespace Minik8s.ControlLoop;

/// <summary>Delays that double from <paramref name="Initial"/> up to <paramref name="Max"/>.</summary>
public sealed record BackOff(TimeSpan Initial, TimeSpan Max)
{
    /// <summary>For work items: 5 ms up to two minutes.</summary>
    public static BackOff WorkItems { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMinutes(2));

    /// <summary>For a server that does not answer: 100 ms up to 30 s.</summary>
    public static BackOff Connections { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));

    /// <summary>The delay after so many failures in a row; the first failure is number 0.</summary>
    public TimeSpan Delay(int failures)
    {
        if (failures <= 0) return Initial < Max ? Initial : Max;
        var ticks = Initial.Ticks * Math.Pow(2, Math.Min(failures, 62));
        return ticks >= Max.Ticks ? Max : TimeSpan.FromTicks((long)ticks);
    }

    /// <summary>The same, stretched at random up to twice, so that many clients of one failed server do not return at once.</summary>
    public TimeSpan DelayWithJitter(int failures, Random random) => Delay(failures) * (1 + random.NextDouble());
}

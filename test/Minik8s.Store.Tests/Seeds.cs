using System.Globalization;

namespace Minik8s.Store.Tests;

/// <summary>The seeds of random tests: another one each run, printed, and given again with MINIK8S_SEED to see a failure again.</summary>
internal static class Seeds
{
    public static int FromEnvironmentOrRandom()
    {
        var seed = Environment.GetEnvironmentVariable("MINIK8S_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1, 1_000_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"MINIK8S_SEED={seed}");
        return seed;
    }
}

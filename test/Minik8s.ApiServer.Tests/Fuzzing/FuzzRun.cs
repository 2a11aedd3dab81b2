using System.Diagnostics;
using System.Globalization;
using Minik8s.ApiServer.Tests.Patches;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>
/// Runs one target on random inputs, each of which has to end within a bound of time and memory. <c>MINIK8S_FUZZ_SECONDS</c> lengthens the run of each target,
/// <c>MINIK8S_SEED</c> begins with another input; a failure names the seed that repeats it.
/// </summary>
internal sealed class FuzzRun(ITestOutputHelper output)
{
    private const int DefaultSeconds = 1;
    private const int DefaultSeed = 1;

    /// <summary>Inputs that are tried however busy the machine is.</summary>
    private const int Least = 100;

    private const long MaxAllocated = 512L * 1024 * 1024;

    // Generous, because other tests share the processors.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);

    public void Repeat(Action<Random, RandomJson> input)
    {
        var seconds = Setting("MINIK8S_FUZZ_SECONDS", DefaultSeconds);
        var seed = Setting("MINIK8S_SEED", DefaultSeed);
        var (count, slowest, largest) = (0, TimeSpan.Zero, 0L);
        var watch = Stopwatch.StartNew();
        for (; watch.Elapsed.TotalSeconds < seconds || count < Least; seed++, count++)
        {
            var random = new Random(seed);
            var (start, allocated) = (watch.Elapsed, GC.GetAllocatedBytesForCurrentThread());
            try
            {
                input(random, new RandomJson(random));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"failed with MINIK8S_SEED={seed}: {e.Message}", e);
            }

            var (took, memory) = (watch.Elapsed - start, GC.GetAllocatedBytesForCurrentThread() - allocated);
            Assert.True(took < MaxTime, $"MINIK8S_SEED={seed} took {took}");
            Assert.True(memory < MaxAllocated, $"MINIK8S_SEED={seed} allocated {memory} bytes");
            slowest = took > slowest ? took : slowest;
            largest = Math.Max(largest, memory);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} inputs, slowest {slowest.TotalMilliseconds:0} ms, largest {largest / 1024} KiB"));
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}

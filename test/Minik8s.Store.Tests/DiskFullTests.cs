using System.Diagnostics;
using Minik8s.Store.Embedded;

namespace Minik8s.Store.Tests;

/// <summary>A full disk, for real: the store lies in a small tmpfs.</summary>
public sealed class DiskFullTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("minik8s-full-").FullName;
    private bool _mounted;

    public void Dispose()
    {
        if (_mounted) Run("umount", _mount);
        Directory.Delete(_mount, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task A_full_disk_acknowledges_nothing_and_the_store_goes_on_when_there_is_room(int writers)
    {
        _mounted = Run("mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", _mount);
        if (!_mounted) Assert.Skip("a tmpfs cannot be mounted here");
        var ballast = Path.Combine(_mount, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[3 << 20]);
        var options = new EmbeddedStoreOptions { Path = Path.Combine(_mount, "store.db"), CheckpointPages = 100 };
        var kept = new List<string>();
        await using (var store = await EmbeddedStore.OpenAsync(options, null, default))
        {
            await using var watch = await store.Watch("/a/", await store.Revision());
            var failures = await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => FillAsync(store, w, kept))));
            Assert.All(failures, failure => Assert.Contains("nothing was written", failure.Message));
            Assert.Equal(kept.Order(StringComparer.Ordinal), await KeysAsync(store));
            Assert.Equal(kept.Count + 1, await store.Revision());

            File.Delete(ballast);
            var after = await store.WriteAsync(new WriteRequest("/a/after", new byte[8192], 0), default);
            Assert.Equal(kept.Count + 2, after.Revision);
            kept.Add("/a/after");
            // Watchers never hear of what was not committed.
            Assert.Equal(kept.Order(StringComparer.Ordinal), (await watch.Take(kept.Count)).Select(e => e.Key).Order(StringComparer.Ordinal));
        }

        await using var again = await EmbeddedStore.OpenAsync(options, null, default);
        Assert.Equal(kept.Order(StringComparer.Ordinal), await KeysAsync(again));
    }

    private static async Task<StoreUnavailableException> FillAsync(EmbeddedStore store, int writer, List<string> kept)
    {
        for (var i = 0; ; i++)
        {
            var key = $"/a/{writer}-{i}";
            try
            {
                await store.WriteAsync(new WriteRequest(key, new byte[8192], 0), default);
                lock (kept) kept.Add(key);
            }
            catch (StoreUnavailableException e)
            {
                return e;
            }
        }
    }

    private static async Task<IEnumerable<string>> KeysAsync(EmbeddedStore store) =>
        (await store.RangeAsync(RangeQuery.Prefix("/a/"), default)).Items.Select(i => i.Key);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

using Minik8s.Host.Commands;
using Minik8s.Store;
using Minik8s.Store.Embedded;

namespace Minik8s.Host.Tests;

public sealed class SnapshotCommandTests
{
    [Fact]
    public async Task State_is_saved_while_the_store_is_open_and_restored_when_it_is_not()
    {
        using var files = new TemporaryDirectory();
        var (data, backup) = (files["data"], files["backup"]);
        var path = Path.Combine(data, "server", "store.db");
        await using (var store = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = path }, null, default))
        {
            await store.WriteAsync(new WriteRequest("/a", "saved"u8.ToArray(), 0), default);
            Assert.Equal(0, await RunAsync("snapshot", "save", backup, "--data-dir", data));
            await store.WriteAsync(new WriteRequest("/a", "later"u8.ToArray(), null), default);
            Assert.Equal(2, await RunAsync("snapshot", "restore", backup, "--data-dir", data));
        }

        Assert.Equal(0, await RunAsync("snapshot", "check", backup));
        Assert.Equal(2, await RunAsync("snapshot", "check", files["absent"]));
        Assert.Equal(2, await RunAsync("snapshot", "save", backup, "--data-dir", files["elsewhere"]));
        Assert.Equal(0, await RunAsync("snapshot", "restore", backup, "--data-dir", data));
        await using var restored = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = path }, null, default);
        var found = Assert.Single((await restored.RangeAsync(new RangeQuery("/a"), default)).Items);
        Assert.Equal("saved", System.Text.Encoding.UTF8.GetString(found.Value.Span));
    }

    private static Task<int> RunAsync(params string[] arguments) => RootCommandFactory.Create().Parse(arguments).InvokeAsync();
}

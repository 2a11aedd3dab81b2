using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Host.Configuration;
using Minik8s.Host.Pki;
using Minik8s.Host.Roles;
using Minik8s.Store.Embedded;

namespace Minik8s.Host.Tests;

public sealed class DatastoreIdentityTests
{
    [Fact]
    public async Task A_server_with_other_keys_than_the_first_is_refused_and_told_what_to_copy()
    {
        using var files = new TemporaryDirectory();
        await using var store = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(files.Path, "store.db") }, null, default);
        using var first = await KeysAsync(Path.Combine(files.Path, "first"));
        using var stranger = await KeysAsync(Path.Combine(files.Path, "stranger"));
        await Datastore.CheckIdentityAsync(store, first, "/pki", default);
        await Datastore.CheckIdentityAsync(store, first, "/pki", default);
        var refusal = await Assert.ThrowsAsync<UsageException>(() => Datastore.CheckIdentityAsync(store, stranger, "/data/pki", default));
        Assert.Contains("copy ca.crt, ca.key, sa.key and sa.pub", refusal.Message);
        Assert.Contains("/data/pki", refusal.Message);
    }

    [Fact]
    public async Task A_server_whose_keys_were_changed_is_taken_and_from_then_on_one_with_the_former_keys_only_is_not()
    {
        using var files = new TemporaryDirectory();
        await using var store = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(files.Path, "store.db") }, null, default);
        using var former = await KeysAsync(files["pki"]);
        await Datastore.CheckIdentityAsync(store, former, "/pki", default);
        File.Delete(Path.Combine(files["pki"], "sa.key"));
        using var changed = await KeysAsync(files["pki"]);
        Assert.NotEqual(former.TokenKeys.SigningId, changed.TokenKeys.SigningId);
        await Datastore.CheckIdentityAsync(store, changed, "/pki", default);
        await Assert.ThrowsAsync<UsageException>(() => Datastore.CheckIdentityAsync(store, former, "/pki", default));
    }

    private static Task<ClusterPki> KeysAsync(string directory) => ClusterPki.EnsureAsync(
        new PkiOptions { Directory = directory, NodeName = "n", AdvertiseAddresses = [IPAddress.Loopback], ServiceAddress = IPAddress.Loopback }, TimeProvider.System, NullLogger.Instance, default);
}

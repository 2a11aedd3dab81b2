using Microsoft.Extensions.Time.Testing;
using Minik8s.Store.Embedded;

namespace Minik8s.Store.Tests;

/// <summary>A directory of its own for one database, and a clock that the test moves.</summary>
public sealed class TemporaryStore : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("minik8s-store-").FullName;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public string File => Path.Combine(Directory, "store.db");

    public EmbeddedStoreOptions Options => new() { Path = File, TimeProvider = Time };

    public Task<EmbeddedStore> OpenAsync(Func<EmbeddedStoreOptions, EmbeddedStoreOptions>? change = null) =>
        EmbeddedStore.OpenAsync(change is null ? Options : change(Options), null, default);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

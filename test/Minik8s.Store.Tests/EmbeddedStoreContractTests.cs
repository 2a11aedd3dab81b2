namespace Minik8s.Store.Tests;

/// <summary>The contract on the embedded engine.</summary>
public sealed class EmbeddedStoreContractTests : StoreContractTests
{
    private readonly TemporaryStore _files = new();

    protected override int WatcherBufferEvents => 2000;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _files.Dispose();
    }

    protected override Task<IStore> CreateAsync() => OpenAgainAsync();

    protected override async Task<IStore> OpenAgainAsync() => await _files.OpenAsync(o => o with { WatcherBufferEvents = WatcherBufferEvents });

    protected override Task LetTimePassAsync(TimeSpan time)
    {
        _files.Time.Advance(time);
        return Task.CompletedTask;
    }
}

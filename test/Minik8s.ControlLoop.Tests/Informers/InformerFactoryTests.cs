using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Testing;
using Minik8s.Testing.Api;

namespace Minik8s.ControlLoop.Tests.Informers;

public sealed class InformerFactoryTests : IDisposable
{
    private readonly FakeApi _api = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly InformerFactory _factory;

    public InformerFactoryTests() => _factory = new InformerFactory(_api.Client, NullLoggerFactory.Instance, TimeProvider.System);

    public void Dispose()
    {
        _stop.Dispose();
        _api.Dispose();
    }

    [Fact]
    public void One_informer_serves_all_who_ask_for_the_same()
    {
        var all = _factory.Informer<V1Pod>();
        Assert.Same(all, _factory.Informer<V1Pod>(new InformerOptions()));
        Assert.NotSame(all, _factory.Informer<V1Pod>(new InformerOptions { Namespace = "x" }));
        Assert.Equal("pods", all.Name);
    }

    [Fact]
    public async Task Informers_follow_the_server_through_broken_connections_and_a_lost_history()
    {
        _api.Put(Map("a"));
        var informer = _factory.Informer<V1ConfigMap>();
        var running = _factory.RunAsync(_stop.Token);
        await _factory.WaitForSyncAsync(default);
        Assert.Equal(["a"], Names());

        _api.Put(Map("b"));
        await Eventually.True(() => Task.FromResult(Names().SequenceEqual(["a", "b"])), "b by the watch");

        _api.BreakWatches();
        _api.Put(Map("c"));
        await Eventually.True(() => Task.FromResult(Names().SequenceEqual(["a", "b", "c"])), "c by a resumed watch");
        Assert.Single(_api.Requests, r => r.Verb == "list");

        _api.Remove<V1ConfigMap>("a");
        _api.Compact();
        _api.EndWatches();
        _api.Put(Map("d"));
        await Eventually.True(() => Task.FromResult(Names().SequenceEqual(["b", "c", "d"])), "d by a watch or a list");

        var late = _factory.Informer<V1Secret>();
        await late.WaitForSyncAsync(default).WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _factory.RunAsync(default));
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        IEnumerable<string> Names() => informer.Lister.List().Select(m => m.Metadata.Name).Order();
    }

    [Fact]
    public async Task An_informer_that_fails_ends_all_and_tells_why()
    {
        _api.Put(Map("a"));
        _factory.Informer<V1Pod>();
        _factory.Informer<V1ConfigMap>().AddHandler(_ => throw new InvalidOperationException("a handler broke"));
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => _factory.RunAsync(_stop.Token).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("a handler broke", e.Message, StringComparison.Ordinal);
    }

    private static V1ConfigMap Map(string name) => new() { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" } };
}

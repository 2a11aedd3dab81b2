using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Minik8s.Api;
using Minik8s.Api.CustomResources;
using Minik8s.Api.CustomResources.Definitions;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;

namespace Minik8s.ApiServer.CustomResources;

/// <summary>
/// Serves what CustomResourceDefinitions define: follows their changes, gives them their names, puts their versions into the catalogue and takes them out
/// again, and lets a definition that is being deleted go when its objects are gone. One definition is looked at after the other.
/// </summary>
internal sealed partial class CustomResourceServer : IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly RegistryCatalog _catalog;
    private readonly ResourceRegistry _definitions;
    private readonly CacheRunner _runner;
    private readonly IStore _store;
    private readonly AdmissionChain _admission;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<CustomResourceServer> _logger;
    private readonly Channel<string> _changed = Channel.CreateUnbounded<string>(new() { SingleReader = true });
    private readonly Dictionary<string, ServedDefinition> _served = new(StringComparer.Ordinal);
    private readonly DefinitionFinalizer _finalizer;

    public CustomResourceServer(
        RegistryCatalog catalog, ResourceRegistry definitions, CacheRunner runner, IStore store, AdmissionChain admission, TimeProvider time, ILoggerFactory loggers)
    {
        _catalog = catalog;
        _definitions = definitions;
        _runner = runner;
        _store = store;
        _admission = admission;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<CustomResourceServer>();
        _finalizer = new DefinitionFinalizer(definitions, time, name => _changed.Writer.TryWrite(name));
    }

    /// <summary>Serves the definitions that there are, before the server says that it is ready.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var definition in _definitions.Cache.List(Everything()).Items)
        {
            var obj = ObjectBytes.Parse(definition.Json);
            if (DefinitionConditions.IsTrue(obj, "Established")) await ServeAsync(definition.Name, obj, cancellationToken);
        }
    }

    /// <summary>Follows the definitions until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] both = [FollowAsync(ending.Token), WorkAsync(ending.Token)];
        try
        {
            await await Task.WhenAny(both);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var name in _changed.Reader.ReadAllAsync(cancellationToken)) await TrySyncAsync(name, cancellationToken);
    }

    public void Dispose() => _finalizer.Dispose();

    private ObjectSelector Everything() => new(_definitions.Resource, "", "", "");

    /// <summary>Notes the names of the definitions that have changed; a watch that has fallen behind begins anew with all of them.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var watcher = _definitions.Cache.Watch(Everything(), null);
            await foreach (var (e, _) in watcher.ReadAllAsync(cancellationToken)) _changed.Writer.TryWrite(e.Current.Name);

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task TrySyncAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await SyncAsync(name, cancellationToken);
        }
        catch (StatusException e) when (e.Code is 404 or 409)
        {
            // It has changed meanwhile, and the change is on its way here.
        }
        catch (Exception e) when (e is StatusException or StoreUnavailableException or TimeoutException)
        {
            LogRetry(name, e.Message);
            _ = RetryAsync(name, cancellationToken);
        }
    }

    private async Task RetryAsync(string name, CancellationToken cancellationToken)
    {
        await Task.Delay(RetryDelay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _changed.Writer.TryWrite(name);
    }

    private async Task SyncAsync(string name, CancellationToken cancellationToken)
    {
        if (_definitions.Cache.Find(_definitions.KeyOf("", name)) is not { } found)
        {
            Withdraw(name);
            return;
        }

        var definition = ObjectBytes.Parse(found.Json);
        if (await NameAsync(name, definition, cancellationToken) is not { } named) return;
        if (DefinitionConditions.IsTrue(named, "Established")) await ServeAsync(name, named, cancellationToken);
        if (named.Map("metadata")!["deletionTimestamp"] is not null) await _finalizer.FinalizeAsync(name, named, _served.GetValueOrDefault(name), cancellationToken);
    }

    /// <summary>Gives the definition its names. A kind is served before its status says so.</summary>
    private async Task<JsonObject?> NameAsync(string name, JsonObject definition, CancellationToken cancellationToken)
    {
        var group = definition.Map("spec").Text("group");
        var others = _definitions.Cache.List(Everything()).Items.Where(d => d.Name != name && d.Name.EndsWith("." + group, StringComparison.Ordinal))
            .Select(d => ObjectBytes.Parse(d.Json)).Where(d => d.Map("spec").Text("group") == group).ToList();
        var status = DefinitionNaming.Status(definition, others, _time.GetUtcNow());
        if (JsonNode.DeepEquals(status, definition["status"])) return definition;
        var named = definition.DeepClone().AsObject();
        named["status"] = status.DeepClone();
        if (DefinitionConditions.IsTrue(named, "Established")) await ServeAsync(name, named, cancellationToken);
        var (written, _) = await _definitions.UpdateAsync("", name, "status", present =>
        {
            present.Map("metadata")!["resourceVersion"] = definition.Map("metadata").Text("resourceVersion");
            present["status"] = status.DeepClone();
            return present;
        }, Quiet, cancellationToken);
        // The next definition has to see which names are taken now.
        await _definitions.Cache.WaitForAsync(written.Revision, cancellationToken);
        // A name may have become free, or been taken.
        foreach (var other in others) _changed.Writer.TryWrite(other.Map("metadata").Text("name")!);
        return null;
    }

    private async Task ServeAsync(string name, JsonObject definition, CancellationToken cancellationToken)
    {
        var form = (definition["spec"]?.ToJsonString() ?? "") + definition.Map("status")?["acceptedNames"]?.ToJsonString();
        var terminating = definition.Map("metadata")!["deletionTimestamp"] is not null;
        var present = _served.GetValueOrDefault(name);
        if (present?.Form == form)
        {
            if (terminating) StopCreation(name, present);
            return;
        }

        var made = CustomResourceFactory.Make(definition, version => Published(name, version));
        var cache = new ResourceCache(made.Stored, _store, _time, _loggers.CreateLogger<ResourceCache>());
        _runner.Start(cache);
        await cache.Synced.WaitAsync(cancellationToken);
        ResourceRegistry Registry(Minik8s.Api.Resources.ResourceDefinition resource) => new(resource, cache, _store, _admission, _time);
        var before = present?.Served ?? [];
        // What the server has of its own is not replaced.
        List<ResourceRegistry> served =
        [
            .. made.Served.Where(r => _catalog.Find(r.Kind.Group, r.Kind.Version, r.Plural) is not { } other || before.Contains(other)).Select(Registry),
        ];
        _catalog.Change([.. before], served);
        _served[name] = new ServedDefinition(form, cache, Registry(made.Stored), served);
        if (present is not null) _runner.Retire(present.Cache);
        if (terminating) StopCreation(name, _served[name]);
        LogServed(name, made.Stored.Kind.Version);
    }

    /// <summary>Takes the verb away with which objects are made: a kind that is going away gets no new ones.</summary>
    private void StopCreation(string name, ServedDefinition served)
    {
        if (served.Served.All(r => !r.Resource.Verbs.Contains("create"))) return;
        var fixedUp = served.Served.Select(r => new ResourceRegistry(r.Resource with { Verbs = [.. r.Resource.Verbs.Where(v => v != "create")] }, served.Cache, _store, _admission, _time)).ToList();
        _catalog.Change([.. served.Served], fixedUp);
        _served[name] = served with { Served = fixedUp };
    }

    private void Withdraw(string name)
    {
        if (!_served.Remove(name, out var served)) return;
        _catalog.Change([.. served.Served], []);
        _runner.Retire(served.Cache);
        LogWithdrawn(name);
        var group = served.Stored.Resource.Kind.Group;
        foreach (var other in _definitions.Cache.List(Everything()).Items.Where(d => d.Name.EndsWith("." + group, StringComparison.Ordinal))) _changed.Writer.TryWrite(other.Name);
    }

    private JsonObject? Published(string name, string version)
    {
        if (_definitions.Cache.Find(_definitions.KeyOf("", name)) is not { } found) return null;
        return ObjectBytes.Parse(found.Json).Map("spec").Items("versions").FirstOrDefault(v => v.Text("name") == version).Map("schema").Map("openAPIV3Schema");
    }

    private static WriteOptions Quiet => new() { Warn = _ => { } };

    [LoggerMessage(LogLevel.Information, "The kind of {Definition} is served; its objects are stored as {Version}")]
    private partial void LogServed(string definition, string version);

    [LoggerMessage(LogLevel.Information, "The kind of {Definition} is no longer served")]
    private partial void LogWithdrawn(string definition);

    [LoggerMessage(LogLevel.Warning, "{Definition} will be looked at again: {Reason}")]
    private partial void LogRetry(string definition, string reason);
}

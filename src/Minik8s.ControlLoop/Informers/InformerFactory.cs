using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>The informers of a process: one for each kind and selection, whoever asks. Those asked for while it runs start at once.</summary>
public sealed class InformerFactory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Type Type, InformerOptions Options), IInformer> _informers = [];
    private readonly KubeClient _client;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _resync;
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _running = [];
    private CancellationToken? _stopping;

    /// <param name="client">The connection of all informers.</param>
    /// <param name="loggers">Where failures of list and watch are told.</param>
    /// <param name="time">The clock of back-off and resync.</param>
    /// <param name="resync">How often handlers hear of every object again; by default each half hour.</param>
    public InformerFactory(KubeClient client, ILoggerFactory loggers, TimeProvider time, TimeSpan? resync = null)
    {
        _client = client;
        _logger = loggers.CreateLogger("Minik8s.ControlLoop.Informers");
        _time = time;
        _resync = resync ?? TimeSpan.FromMinutes(30);
    }

    /// <summary>The informer of a kind, made at the first call.</summary>
    public SharedInformer<T> Informer<T>(InformerOptions? options = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        options ??= new InformerOptions();
        lock (_lock)
        {
            if (_informers.TryGetValue((typeof(T), options), out var present)) return (SharedInformer<T>)present;
            var resource = _client.Resource<T>();
            var name = string.Join(' ', new[] { resource.Names.Plural, options.Namespace, options.LabelSelector, options.FieldSelector }.Where(s => !string.IsNullOrEmpty(s)));
            var informer = new SharedInformer<T>(name, new ResourceListWatch<T>(resource), options, _logger, _time, _resync);
            _informers.Add((typeof(T), options), informer);
            if (_stopping is { } stopping) _running.Add(GuardAsync(informer, stopping));
            return informer;
        }
    }

    /// <summary>Runs every informer, now and later ones, until cancelled or one fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_lock)
        {
            if (_stopping is not null) throw new InvalidOperationException("the informers run already");
            _stopping = stop.Token;
            foreach (var informer in _informers.Values) _running.Add(GuardAsync(informer, stop.Token));
        }

        try
        {
            var failure = await _failed.Task.WaitAsync(cancellationToken);
            throw new InvalidOperationException($"an informer failed: {failure.Message}", failure);
        }
        finally
        {
            await stop.CancelAsync();
            Task[] running;
            lock (_lock) running = [.. _running];
            await Task.WhenAll(running);
        }
    }

    /// <summary>Waits until all informers asked for so far have their first list.</summary>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken)
    {
        IInformer[] informers;
        lock (_lock) informers = [.. _informers.Values];
        foreach (var informer in informers) await informer.WaitForSyncAsync(cancellationToken);
    }

    private async Task GuardAsync(IInformer informer, CancellationToken stopping)
    {
        try
        {
            await Task.Run(() => informer.RunAsync(stopping), CancellationToken.None);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // RunAsync passes it on.
            _failed.TrySetResult(e);
        }
    }
}

using System.Runtime.CompilerServices;
using k8s.Models;
using Minik8s.Client;

namespace Minik8s.ControlLoop.Tests.Informers;

/// <summary>A server whose answers are written down in advance, and which notes what it was asked. After its last answer it keeps the caller waiting.</summary>
internal sealed class ScriptedListWatch : IListWatch<V1ConfigMap>
{
    private readonly Queue<Step> _steps = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The requests: <c>list 0</c>, <c>page token</c>, <c>watch 12</c>.</summary>
    public List<string> Requests { get; } = [];

    public List<ListOptions> Options { get; } = [];

    /// <summary>Ends when more is asked than is written down.</summary>
    public Task Finished => _finished.Task;

    public ScriptedListWatch List(string version, params string[] items) => Page(version, null, items);

    public ScriptedListWatch Page(string version, string? token, params string[] items)
    {
        _steps.Enqueue(new(true, new ResourceList<V1ConfigMap>([.. items.Select(Maps.Map)], version, token), [], null));
        return this;
    }

    public ScriptedListWatch ListFails(Exception failure, int times = 1)
    {
        for (var i = 0; i < times; i++) _steps.Enqueue(new(true, null, [], failure));
        return this;
    }

    /// <summary>A watch that brings these events and ends in good order: <c>+a@5</c> added, <c>~a@6</c> modified, <c>-a@7</c> deleted, <c>=@8</c> a bookmark.</summary>
    public ScriptedListWatch Watch(params string[] events) => WatchFails(null, events);

    public ScriptedListWatch WatchFails(Exception? failure, params string[] events)
    {
        _steps.Enqueue(new(false, null, events, failure));
        return this;
    }

    /// <summary>What happens while the last step goes on, for example the passing of time.</summary>
    public ScriptedListWatch Meanwhile(Action action)
    {
        _steps.Last().Meanwhile = action;
        return this;
    }

    public async Task<ResourceList<V1ConfigMap>> ListAsync(ListOptions options, CancellationToken cancellationToken)
    {
        var step = await NextAsync(true, options.Continue is { } token ? $"page {token}" : $"list {options.ResourceVersion}", options, cancellationToken);
        step.Meanwhile?.Invoke();
        return step.Page ?? throw step.Failure!;
    }

    public async IAsyncEnumerable<WatchEvent<V1ConfigMap>> WatchAsync(ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var step = await NextAsync(false, $"watch {options.ResourceVersion}", options, cancellationToken);
        step.Meanwhile?.Invoke();
        foreach (var text in step.Events)
        {
            var type = text[0] switch
            {
                '+' => WatchEventType.Added,
                '~' => WatchEventType.Modified,
                '-' => WatchEventType.Deleted,
                _ => WatchEventType.Bookmark,
            };
            yield return new(type, Maps.Map(text[1..]));
        }

        if (step.Failure is { } failure) throw failure;
    }

    private async Task<Step> NextAsync(bool list, string request, ListOptions options, CancellationToken cancellationToken)
    {
        if (!_steps.TryDequeue(out var step))
        {
            _finished.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        Requests.Add(request);
        Options.Add(options);
        return step!.IsList == list ? step : throw new InvalidOperationException($"unexpected request: {request}");
    }

    private sealed record Step(bool IsList, ResourceList<V1ConfigMap>? Page, string[] Events, Exception? Failure)
    {
        public Action? Meanwhile { get; set; }
    }
}

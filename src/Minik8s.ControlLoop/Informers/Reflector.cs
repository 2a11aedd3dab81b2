using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>
/// Brings a collection into a sink and keeps it there: list, watch from the list's version, and list again only when the server no longer keeps
/// that version. A failure of the connection resumes the watch where it stopped.
/// </summary>
internal sealed class Reflector<T>(string name, IListWatch<T> source, InformerOptions options, IReflectorSink<T> sink, TimeProvider time, ILogger logger, Random random)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const int PageSize = 500;
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    // Whatever the server has at hand is enough to begin with. Later lists must not be older than what was seen already.
    private string _listFrom = "0";
    private string? _version;
    private int _failures;
    private long? _watchStarted;
    private bool _paging = true;
    private bool _followed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (_version is null) await ListAsync(cancellationToken);
                await WatchAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (ApiException e) when (e.IsGone || IsTooLarge(e))
            {
                // The version is compacted away, or is one that this server (restored from a backup, perhaps) never had: only its newest state counts.
                ReflectorLog.Relist(logger, name, e.Message);
                var wasList = _version is null;
                _version = null;
                _listFrom = "";
                // The pages of a long list come too slowly for the server's history: a list in one piece cannot expire.
                if (wasList) _paging = false;
                // A server that forgets faster than it can be followed must not be asked in a tight loop.
                if (!_followed) await PauseAsync(cancellationToken);
                _followed = false;
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or IOException or TimeoutException or JsonException or InvalidDataException)
            {
                // Where the server refuses the watch, or says what cannot be read, the same question would get the same answer.
                if (e is ApiException { Code: not (429 or >= 500) } or JsonException or InvalidDataException) _version = null;
                // A connection that held for a while and then broke is a new trouble, not the former one going on.
                if (_watchStarted is { } started && time.GetElapsedTime(started) > BackOff.Connections.Max) _failures = 0;
                _watchStarted = null;
                if (_failures == 0) ReflectorLog.Failed(logger, name, e.Message);
                else ReflectorLog.FailedAgain(logger, name, e.Message, _failures);
                await PauseAsync(cancellationToken, (e as ApiException)?.RetryAfter);
            }
        }
    }

    private static bool IsTooLarge(ApiException e) => e.Code == 504 && e.Message.Contains("Too large resource version", StringComparison.Ordinal);

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var items = new List<T>();
        var request = new ListOptions
        {
            Namespace = options.Namespace,
            LabelSelector = options.LabelSelector,
            FieldSelector = options.FieldSelector,
            ResourceVersion = _listFrom,
            Limit = _paging ? PageSize : null,
        };
        var page = await source.ListAsync(request, cancellationToken);
        items.AddRange(page.Items);
        while (!string.IsNullOrEmpty(page.Continue))
        {
            // A token carries its version: naming one beside it is an error.
            page = await source.ListAsync(request with { ResourceVersion = null, Continue = page.Continue }, cancellationToken);
            items.AddRange(page.Items);
        }

        sink.Replace(items);
        _version = page.ResourceVersion;
        _listFrom = page.ResourceVersion;
        _paging = true;
        Recovered();
        ReflectorLog.Listed(logger, name, items.Count, page.ResourceVersion);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var started = time.GetTimestamp();
            _watchStarted = started;
            var events = 0;
            var request = new ListOptions
            {
                Namespace = options.Namespace,
                LabelSelector = options.LabelSelector,
                FieldSelector = options.FieldSelector,
                ResourceVersion = _version,
                // Spread over five minutes, so that the watches of a process do not all end together.
                Timeout = TimeSpan.FromSeconds(300 + random.Next(300)),
            };
            await foreach (var change in source.WatchAsync(request, cancellationToken))
            {
                events++;
                _followed = true;
                Recovered();
                switch (change.Type)
                {
                    case WatchEventType.Added or WatchEventType.Modified:
                        sink.Set(change.Object);
                        break;
                    case WatchEventType.Deleted:
                        sink.Remove(change.Object);
                        break;
                }

                _version = _listFrom = change.Object.Metadata.ResourceVersion;
            }

            // The server ends a watch in good order now and then. One that ends at once without a word would be asked for in a tight loop.
            if (events == 0 && time.GetElapsedTime(started) < ShortWatch) await PauseAsync(cancellationToken);
            else _failures = 0;
        }
    }

    private void Recovered()
    {
        if (_failures > 1) ReflectorLog.Recovered(logger, name, _failures);
        _failures = 0;
    }

    private async Task PauseAsync(CancellationToken cancellationToken, TimeSpan? atLeast = null)
    {
        var delay = BackOff.Connections.DelayWithJitter(_failures++, random);
        if (atLeast is { } least && least > delay) delay = least;
        await Task.Delay(delay, time, cancellationToken);
    }
}

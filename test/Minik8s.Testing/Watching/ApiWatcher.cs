using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Minik8s.Testing.Watching;

/// <summary>
/// A client that watches one resource over HTTP as clients should: it resumes from the last resourceVersion it has seen, and lists again when that is gone.
/// It keeps all that it is told.
/// </summary>
/// <param name="http">The way to the server.</param>
/// <param name="path">The resource, with "{0}" where "/namespaces/NAME" goes.</param>
/// <param name="label">The label that selectors look at.</param>
/// <param name="selection">What it watches.</param>
/// <param name="streamLists">Whether it lists by a watch with initial events (KEP-3157) instead of a list.</param>
public sealed class ApiWatcher(HttpClient http, string path, string label, WatchSelection selection, bool streamLists)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly List<WatchSegment> _segments = [];
    private long _reached;

    public WatchSelection Selection => selection;

    /// <summary>What it has seen.</summary>
    public IReadOnlyList<WatchSegment> Segments => _segments;

    /// <summary>How often a connection ended.</summary>
    public int Connections { get; private set; }

    /// <summary>Watches until cancelled.</summary>
    /// <param name="after">The revision to begin after; null lists first.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task RunAsync(long? after, CancellationToken stopping)
    {
        if (after is { } revision) Begin(new WatchSegment(revision, null));
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (_segments.Count == 0) await BeginAnewAsync(stopping);
                else await FollowAsync($"resourceVersion={_reached}", _segments[^1], stopping);
            }
            catch (GoneException)
            {
                await AgainAsync(stopping);
            }
            catch (Exception e) when (IsConnection(e))
            {
                // Cut, or the server is not there: it comes back.
            }

            Connections++;
            await RestAsync(stopping);
        }
    }

    private async Task AgainAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await BeginAnewAsync(stopping);
                return;
            }
            catch (Exception e) when (IsConnection(e))
            {
                await RestAsync(stopping);
            }
        }
    }

    private async Task BeginAnewAsync(CancellationToken stopping)
    {
        if (streamLists)
        {
            await FollowAsync("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", null, stopping);
            return;
        }

        using var answer = await http.SendAsync(Request(""), stopping);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{answer.StatusCode}");
        using var list = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stopping));
        Begin(new WatchSegment(Revision(list.RootElement), [.. list.RootElement.GetProperty("items").EnumerateArray().Select(State)]));
    }

    private void Begin(WatchSegment segment)
    {
        _segments.Add(segment);
        _reached = segment.Start;
    }

    private async Task FollowAsync(string from, WatchSegment? segment, CancellationToken stopping)
    {
        using var answer = await http.SendAsync(Request($"watch=true&allowWatchBookmarks=true&{from}"), HttpCompletionOption.ResponseHeadersRead, stopping);
        if (answer.StatusCode == HttpStatusCode.Gone) throw new GoneException();
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{answer.StatusCode}");
        var listed = new List<ObjectState>();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stopping));
        while (await lines.ReadLineAsync(stopping) is { Length: > 0 } line)
        {
            using var json = JsonDocument.Parse(line);
            var (type, obj) = (json.RootElement.GetProperty("type").GetString()!, json.RootElement.GetProperty("object"));
            if (type == "ERROR") throw obj.GetProperty("code").GetInt32() == 410 ? new GoneException() : new HttpRequestException(line);
            if (type == "BOOKMARK")
            {
                if (segment is null) Begin(segment = new WatchSegment(Revision(obj), listed));
                _reached = Math.Max(_reached, Revision(obj));
            }
            else if (segment is null)
            {
                listed.Add(State(obj));
            }
            else
            {
                segment.Events.Add(new(type, State(obj)));
                _reached = Revision(obj);
            }
        }
    }

    private HttpRequestMessage Request(string query)
    {
        var place = string.Format(CultureInfo.InvariantCulture, path, selection.Namespace is null ? "" : $"/namespaces/{selection.Namespace}");
        var selector = selection.Label is null ? "" : $"&labelSelector={label}%3D{selection.Label}";
        return new(HttpMethod.Get, $"{place}?{query}{selector}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }

    private ObjectState State(JsonElement obj)
    {
        var metadata = obj.GetProperty("metadata");
        var value = metadata.TryGetProperty("labels", out var labels) && labels.TryGetProperty(label, out var found) ? found.GetString()! : "";
        return new($"{metadata.GetProperty("namespace").GetString()}/{metadata.GetProperty("name").GetString()}", Revision(obj), value);
    }

    private static long Revision(JsonElement obj) => long.Parse(obj.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, CultureInfo.InvariantCulture);

    private static bool IsConnection(Exception e) => e is HttpRequestException or IOException or OperationCanceledException or JsonException;

    private static async Task RestAsync(CancellationToken stopping)
    {
        try
        {
            await Task.Delay(RetryDelay, stopping);
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }

    private sealed class GoneException : Exception;
}

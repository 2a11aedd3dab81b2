using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Tables;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers watches: a line of JSON an event, until the client goes, its time is over, or it cannot keep up.</summary>
internal sealed class WatchHandler(TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromMinutes(1);

    public async Task HandleAsync(HttpContext context, ResourceRegistry registry, string ns, string name)
    {
        var query = context.Request.Query;
        var fields = query["fieldSelector"].ToString();
        if (name.Length > 0) fields = fields.Length == 0 ? $"metadata.name={name}" : $"{fields},metadata.name={name}";
        var selector = new ObjectSelector(registry.Resource, ns, query["labelSelector"], fields);
        var form = Negotiation.Choose(context.Request.Headers.Accept.ToString());
        var seconds = ListHandler.Integer(query["timeoutSeconds"], "timeoutSeconds");
        // Ends spread over time, so that not all clients come back at once.
        var life = seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromSeconds(1800 * (1 + Random.Shared.NextDouble()));
        var version = query["resourceVersion"].ToString();
        var from = ListHandler.Integer(version, "resourceVersion");
        var initial = query["sendInitialEvents"] == "true";
        var bookmarks = query["allowWatchBookmarks"] is { Count: > 0 } wanted && wanted[0] is "true" or "1" or "";
        if (initial && query["resourceVersionMatch"] != "NotOlderThan")
        {
            throw StatusErrors.Invalid(new("meta.k8s.io", "v1", "ListOptions"), "", [new(FieldErrorType.Forbidden, "resourceVersionMatch", null, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]);
        }

        var cache = registry.Cache;
        if (version.Length == 0 || initial) await cache.WaitForStoreAsync(context.RequestAborted);
        else await ListHandler.WaitForAsync(cache, from, context.RequestAborted);
        using var watcher = cache.Watch(selector, from == 0 || initial ? null : from);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        ending.CancelAfter(life);
        context.Response.ContentType = form == ResponseForm.Object ? "application/json" : "application/json;stream=watch";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(context.RequestAborted);
        var writer = new EventWriter(context, registry, form, query["includeObject"].ToString(), time);
        try
        {
            await StreamAsync(watcher, writer, initial, bookmarks, ending.Token);
            if (bookmarks && !ending.IsCancellationRequested) await writer.BookmarkAsync(cache.Revision, initial: false);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the watch's time is over: both are its ordinary end.
            if (bookmarks && !context.RequestAborted.IsCancellationRequested) await writer.BookmarkAsync(writer.LastRevision, initial: false);
        }
    }

    private async Task StreamAsync(ResourceCache.Watcher watcher, EventWriter writer, bool initial, bool bookmarks, CancellationToken cancellationToken)
    {
        writer.LastRevision = watcher.InitialRevision;
        var initialSent = !initial;
        while (true)
        {
            while (watcher.Events.TryRead(out var next))
            {
                watcher.Taken();
                if (!initialSent && next.Event.Revision > watcher.InitialRevision) initialSent = await EndInitialAsync(writer, watcher);
                await writer.EventAsync(next.Event, next.SeenAs);
            }

            if (!initialSent) initialSent = await EndInitialAsync(writer, watcher);
            await writer.FlushAsync(cancellationToken);
            var more = watcher.Events.WaitToReadAsync(cancellationToken).AsTask();
            if (bookmarks)
            {
                while (await Task.WhenAny(more, Task.Delay(BookmarkEvery, time, cancellationToken)) != more)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await writer.BookmarkAsync(writer.LastRevision, initial: false);
                    await writer.FlushAsync(cancellationToken);
                }
            }

            if (!await more) return;
        }
    }

    private static async Task<bool> EndInitialAsync(EventWriter writer, ResourceCache.Watcher watcher)
    {
        await writer.BookmarkAsync(watcher.InitialRevision, initial: true);
        return true;
    }

    /// <summary>Writes events in the form that the client has asked for.</summary>
    private sealed class EventWriter(HttpContext context, ResourceRegistry registry, ResponseForm form, string include, TimeProvider time)
    {
        private bool _columnsWritten;

        public long LastRevision { get; set; }

        public async ValueTask EventAsync(CacheEvent e, CacheEventType seenAs)
        {
            LastRevision = Math.Max(LastRevision, e.Revision);
            // An object that no longer matches is gone for this watcher, in its former state.
            var line = form == ResponseForm.Object ? registry.Present(e).Line(seenAs) : Convert(e, seenAs);
            await context.Response.BodyWriter.WriteAsync(line, context.RequestAborted);
        }

        public async ValueTask BookmarkAsync(long revision, bool initial)
        {
            var version = revision.ToString(CultureInfo.InvariantCulture);
            var annotations = initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
            var kind = registry.Resource.Kind;
            var text = form switch
            {
                ResponseForm.Table => $"{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{{\"resourceVersion\":\"{version}\"{annotations}}},\"columnDefinitions\":null,\"rows\":[]}}}}\n",
                ResponseForm.PartialMetadata => $"{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{{\"resourceVersion\":\"{version}\"{annotations},\"creationTimestamp\":null}}}}}}\n",
                _ => $"{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"{kind.Kind}\",\"apiVersion\":\"{kind.ApiVersion}\",\"metadata\":{{\"resourceVersion\":\"{version}\"{annotations},\"creationTimestamp\":null}}}}}}\n",
            };
            await context.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken) => await context.Response.BodyWriter.FlushAsync(cancellationToken);

        private byte[] Convert(CacheEvent e, CacheEventType seenAs)
        {
            var buffer = new ArrayBufferWriter<byte>(1024);
            using (var json = new Utf8JsonWriter(buffer))
            {
                if (form == ResponseForm.Table)
                {
                    TableWriter.Write(json, registry, [e.Current], e.Revision.ToString(CultureInfo.InvariantCulture), null, null, include, time.GetUtcNow(), columns: !_columnsWritten);
                    _columnsWritten = true;
                }
                else
                {
                    using var document = JsonDocument.Parse(registry.Present(e).Current.Json);
                    TableWriter.WritePartial(json, document.RootElement);
                }
            }

            var head = seenAs switch { CacheEventType.Added => "ADDED", CacheEventType.Modified => "MODIFIED", _ => "DELETED" };
            return CacheEvent.Encode(Encoding.ASCII.GetBytes($"{{\"type\":\"{head}\",\"object\":"), buffer.WrittenSpan);
        }
    }
}

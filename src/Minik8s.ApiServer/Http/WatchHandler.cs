using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers watches: a line of JSON an event, until the client goes, its time is over, or it cannot keep up.</summary>
internal sealed class WatchHandler(TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(30);

    public async Task HandleAsync(HttpContext context, ResourceRegistry registry, string ns, string name)
    {
        var query = ListQuery.Read(context.Request.Query, watch: true);
        var fields = name.Length == 0 ? query.FieldSelector : $"metadata.name={name}{(query.FieldSelector.Length == 0 ? "" : ",")}{query.FieldSelector}";
        var selector = new ObjectSelector(registry.Resource, ns, query.LabelSelector, fields);
        var form = Negotiation.Choose(context.Request.Headers.Accept.ToString());
        var cache = registry.Cache;
        if (query.ResourceVersion.Length == 0) await cache.WaitForStoreAsync(context.RequestAborted);
        else await ListHandler.WaitForAsync(cache, query.Revision, context.RequestAborted);

        // Without a version, or at "any", a watch begins with what there is, unless the client says that it does not want that.
        var withPresent = query.SendInitialEvents ?? query.Revision == 0;
        using var watcher = cache.Watch(selector, withPresent ? null : query.Revision > 0 ? query.Revision : cache.Revision);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        // Ends spread over time, so that not all clients come back at once.
        ending.CancelAfter(query.Timeout ?? LeastLife * (1 + Random.Shared.NextDouble()));
        await using var nudging = query.Bookmarks ? time.CreateTimer(_ => watcher.Nudge(), null, BookmarkEvery, BookmarkEvery) : null;
        context.Response.ContentType = form == ResponseForm.Object ? "application/json" : "application/json;stream=watch";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(context.RequestAborted);
        var stream = new WatchStream(cache, watcher, new WatchWriter(context.Response.BodyWriter, registry, form, query.IncludeObject, time), query.SendInitialEvents == true);
        try
        {
            await stream.RunAsync(ending.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await stream.EndAsync(query.Bookmarks, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client has gone: the ordinary end.
        }
    }
}

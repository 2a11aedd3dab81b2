using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers lists: from the cache, or, for the later pages of a paged list and for versions of the past, from the store.</summary>
internal sealed class ListHandler(IStore store, TimeProvider time)
{
    /// <summary>How much more is read from the store than a page needs when a selector may leave objects out.</summary>
    private const int ReadAhead = 500;

    public async Task HandleAsync(HttpContext context, ResourceRegistry registry, string ns)
    {
        var query = ListQuery.Read(context.Request.Query, watch: false);
        var selector = new ObjectSelector(registry.Resource, ns, query.LabelSelector, query.FieldSelector);
        var form = Negotiation.Choose(context.Request.Headers.Accept.ToString());
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (query.Timeout is { } limit) ending.CancelAfter(limit);
        ListPage page;
        try
        {
            page = query.Continue.Length > 0
                ? await NextPageAsync(registry, selector, ContinueToken.Decode(query.Continue, registry.Cache.Prefix), query.Limit, ending.Token)
                : await FirstPageAsync(registry, selector, query, ending.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new TimeoutException("request did not complete within the allotted timeout");
        }

        await new ListWriter(context, registry, page, time).WriteAsync(form, query.IncludeObject);
    }

    private async Task<ListPage> FirstPageAsync(ResourceRegistry registry, ObjectSelector selector, ListQuery query, CancellationToken cancellationToken)
    {
        if (query.ResourceVersion.Length == 0) await registry.Cache.WaitForStoreAsync(cancellationToken);
        else if (query.Revision > 0) await WaitForAsync(registry.Cache, query.Revision, cancellationToken);
        else await registry.Cache.Synced.WaitAsync(cancellationToken);
        var (items, revision) = registry.Cache.List(selector);
        if (query.Exact && query.Revision != revision) return await FromStoreAsync(registry, selector, registry.Cache.Prefix, query.Revision, query.Limit, cancellationToken);
        return Cut(items, revision, query.Limit, selector);
    }

    private async Task<ListPage> NextPageAsync(ResourceRegistry registry, ObjectSelector selector, ContinueToken token, int limit, CancellationToken cancellationToken)
    {
        try
        {
            return await FromStoreAsync(registry, selector, token.After + "\0", Math.Max(token.Revision, 0), limit, cancellationToken);
        }
        catch (StatusException e) when (e.Reason == StatusReason.Expired)
        {
            var fresh = new ContinueToken(-1, token.After).Encode();
            throw new StatusException(410, StatusReason.Expired,
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
                + "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
                new StatusDetails()) { Continue = fresh };
        }
    }

    /// <summary>Reads on from a key at a revision, piece by piece, until the page is full; 0 is the newest revision.</summary>
    private async Task<ListPage> FromStoreAsync(ResourceRegistry registry, ObjectSelector selector, string start, long revision, int limit, CancellationToken cancellationToken)
    {
        var end = KeyRange.PrefixEnd(registry.Cache.Prefix);
        var items = new List<CachedObject>();
        try
        {
            while (true)
            {
                // One more than the page holds tells whether another follows.
                var range = await store.RangeAsync(new RangeQuery(start, end, revision, limit == 0 ? ReadAhead : Math.Max(limit - items.Count + 1, selector.IsEverything ? 1 : ReadAhead)), cancellationToken);
                revision = range.Revision;
                items.AddRange(range.Items.Select(i => CachedObject.Read(registry.Resource.Stored, i.Key, i.Value, i.ModRevision)).Where(selector.Matches));
                if (!range.More || limit > 0 && items.Count > limit) return Cut(items, revision, limit, selector, range.More ? range.Count - range.Items.Count : 0);
                start = range.Items[^1].Key + "\0";
            }
        }
        catch (RevisionCompactedException e)
        {
            throw StatusErrors.Expired($"The resourceVersion for the provided list is too old: {e.Requested} ({e.Floor})");
        }
        catch (RevisionInFutureException)
        {
            throw StatusErrors.BadRequest("continue key is not valid: its revision does not exist");
        }
    }

    private static ListPage Cut(List<CachedObject> items, long revision, int limit, ObjectSelector selector, long unread = 0)
    {
        if (limit == 0 || items.Count <= limit) return new(items, revision, null, null);
        // How many of those not yet seen a selector would take is not known.
        long? remaining = selector.IsEverything && selector.Namespace is null ? items.Count - limit + unread : null;
        return new(items[..limit], revision, new ContinueToken(revision, items[limit - 1].Key).Encode(), remaining);
    }

    /// <summary>Waits for a revision that the client has seen; one that does not come is a mistake of the client's.</summary>
    internal static async Task WaitForAsync(ResourceCache cache, long revision, CancellationToken cancellationToken)
    {
        try
        {
            await cache.WaitForAsync(revision, cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(3), cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new StatusException(504, StatusReason.Timeout, $"Too large resource version: {revision}, current: {cache.Revision}",
                new StatusDetails(Causes: [new StatusCause("ResourceVersionTooLarge", "Too large resource version")], RetryAfterSeconds: 1));
        }
    }
}

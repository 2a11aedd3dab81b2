using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Tables;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers lists: from the cache, or, for the later pages of a paged list, from the store at the revision of the first page.</summary>
internal sealed class ListHandler(IStore store, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, ResourceRegistry registry, string ns)
    {
        var query = context.Request.Query;
        var selector = new ObjectSelector(registry.Resource, ns, query["labelSelector"], query["fieldSelector"]);
        var form = Negotiation.Choose(context.Request.Headers.Accept.ToString());
        var limit = Integer(query["limit"], "limit");
        var page = query["continue"].ToString() is { Length: > 0 } token
            ? await NextPageAsync(registry, selector, ContinueToken.Decode(token), (int)limit, context.RequestAborted)
            : await FirstPageAsync(registry, selector, query["resourceVersion"].ToString(), query["resourceVersionMatch"].ToString(), (int)limit, context.RequestAborted);
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        Write(buffer, registry, page, form, query["includeObject"].ToString());
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    private async Task<Page> FirstPageAsync(ResourceRegistry registry, ObjectSelector selector, string version, string match, int limit, CancellationToken cancellationToken)
    {
        if (match is not ("" or "Exact" or "NotOlderThan")) throw InvalidList("resourceVersionMatch", match);
        if (match.Length > 0 && version.Length == 0) throw StatusErrors.Invalid(new("meta.k8s.io", "v1", "ListOptions"), "", [new(FieldErrorType.Forbidden, "resourceVersionMatch", null, "resourceVersionMatch is forbidden unless resourceVersion is provided")]);
        var wanted = Integer(version, "resourceVersion");
        if (version.Length == 0) await registry.Cache.WaitForStoreAsync(cancellationToken);
        else if (wanted > 0) await WaitForAsync(registry.Cache, wanted, cancellationToken);
        else await registry.Cache.Synced.WaitAsync(cancellationToken);
        var (items, revision) = registry.Cache.List(selector);
        if (match == "Exact" && wanted != revision) return await PastAsync(registry, selector, wanted, cancellationToken);
        if (limit == 0 || items.Count <= limit) return new(items, revision, null, null);
        var shown = items[..limit];
        return new(shown, revision, new ContinueToken(revision, shown[^1].Key).Encode(), items.Count - limit);
    }

    private async Task<Page> PastAsync(ResourceRegistry registry, ObjectSelector selector, long revision, CancellationToken cancellationToken)
    {
        try
        {
            var range = await store.RangeAsync(RangeQuery.Prefix(registry.Cache.Prefix, revision), cancellationToken);
            return new([.. range.Items.Select(i => CachedObject.Read(registry.Resource.Stored, i.Key, i.Value, i.ModRevision)).Where(selector.Matches)], revision, null, null);
        }
        catch (RevisionCompactedException e)
        {
            throw StatusErrors.Expired($"The resourceVersion for the provided list is too old: {e.Requested} ({e.Floor})");
        }
    }

    private async Task<Page> NextPageAsync(ResourceRegistry registry, ObjectSelector selector, ContinueToken token, int limit, CancellationToken cancellationToken)
    {
        var prefix = registry.Cache.Prefix;
        if (!token.After.StartsWith(prefix, StringComparison.Ordinal)) throw StatusErrors.BadRequest("continue key is not valid: the token is for another resource");
        RangeResult range;
        try
        {
            range = await store.RangeAsync(new RangeQuery(token.After + "\0", KeyRange.PrefixEnd(prefix), token.Revision), cancellationToken);
        }
        catch (RevisionCompactedException)
        {
            var fresh = new ContinueToken(registry.Cache.Revision, token.After).Encode();
            throw new StatusException(410, StatusReason.Expired,
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
                + "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
                + $" Continue token: {fresh}");
        }
        catch (RevisionInFutureException)
        {
            throw StatusErrors.BadRequest("continue key is not valid: its revision does not exist");
        }

        var items = range.Items.Select(i => CachedObject.Read(registry.Resource.Stored, i.Key, i.Value, i.ModRevision)).Where(selector.Matches).ToList();
        if (limit == 0 || items.Count <= limit) return new(items, token.Revision, null, null);
        return new(items[..limit], token.Revision, new ContinueToken(token.Revision, items[limit - 1].Key).Encode(), items.Count - limit);
    }

    private void Write(ArrayBufferWriter<byte> buffer, ResourceRegistry registry, Page page, ResponseForm form, string include)
    {
        var resource = registry.Resource;
        var version = page.Revision.ToString(CultureInfo.InvariantCulture);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        if (form == ResponseForm.Table)
        {
            TableWriter.Write(json, registry, page.Items, version, page.Continue, page.Remaining, include, time.GetUtcNow());
            return;
        }

        var partial = form == ResponseForm.PartialMetadata;
        json.WriteStartObject();
        json.WriteString("kind", partial ? "PartialObjectMetadataList" : resource.ListKind);
        json.WriteString("apiVersion", partial ? "meta.k8s.io/v1" : resource.Kind.ApiVersion);
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", version);
        if (page.Continue is not null) json.WriteString("continue", page.Continue);
        if (page.Remaining is { } remaining) json.WriteNumber("remainingItemCount", remaining);
        json.WriteEndObject();
        json.WriteStartArray("items");
        foreach (var item in page.Items)
        {
            if (!partial)
            {
                json.WriteRawValue(registry.Present(item).Json, skipInputValidation: true);
                continue;
            }

            using var document = JsonDocument.Parse(registry.Present(item).Json);
            TableWriter.WritePartial(json, document.RootElement);
        }

        json.WriteEndArray();
        json.WriteEndObject();
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

    internal static long Integer(string? text, string name)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw StatusErrors.BadRequest($"{name}: Invalid value: \"{text}\": must be a non-negative integer");
    }

    private static StatusException InvalidList(string field, string value) => StatusErrors.Invalid(
        new("meta.k8s.io", "v1", "ListOptions"), "", [new(FieldErrorType.NotSupported, field, $"\"{value}\"", "supported values: \"Exact\", \"NotOlderThan\"")]);

    internal sealed record Page(List<CachedObject> Items, long Revision, string? Continue, long? Remaining);

    /// <summary>Where a paged list goes on: the revision of its first page and the last key shown.</summary>
    private sealed record ContinueToken(long Revision, string After)
    {
        public string Encode() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"v\":\"meta.k8s.io/v1\",\"rv\":{Revision},\"start\":\"{After}\"}}"));

        public static ContinueToken Decode(string token)
        {
            try
            {
                using var json = JsonDocument.Parse(Convert.FromBase64String(token));
                return new(json.RootElement.GetProperty("rv").GetInt64(), json.RootElement.GetProperty("start").GetString()!);
            }
            catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw StatusErrors.BadRequest($"continue key is not valid: {e.Message}");
            }
        }
    }
}

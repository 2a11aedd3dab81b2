using System.Globalization;
using System.Text.Json;
using Minik8s.Api;
using Minik8s.Api.Identity;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Looks up whether the objects that tokens are bound to are still the same.</summary>
internal sealed class ObjectIdentities(Func<GroupResource, ResourceCache> cacheOf)
{
    /// <summary>An object's identity, as the cache shows it; where that is not the expected one, as the store has it.</summary>
    /// <param name="plural">A resource of the core group.</param>
    /// <param name="ns">Empty for resources of the cluster.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="uid">The uid that is expected; empty: any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when there is no object of the name.</returns>
    public async ValueTask<ObjectIdentity?> FindAsync(string plural, string ns, string name, string uid, CancellationToken cancellationToken)
    {
        var cache = cacheOf(new("", plural));
        var key = ns.Length == 0 ? cache.Prefix + name : $"{cache.Prefix}{ns}/{name}";
        if (cache.Find(key) is { } quick && ObjectIdentity.Read(quick) is var identity && (uid.Length == 0 || identity.Uid == uid)) return identity;
        // Perhaps it was made a moment ago.
        await cache.WaitForStoreAsync(cancellationToken);
        return cache.Find(key) is { } found ? ObjectIdentity.Read(found) : null;
    }
}

/// <summary>Which object it is, and since when it is being deleted.</summary>
internal sealed record ObjectIdentity(CachedObject Object, string Uid, DateTimeOffset? Deleted)
{
    public static ObjectIdentity Read(CachedObject obj)
    {
        // Metadata stands near the front: what follows is not read.
        var reader = new Utf8JsonReader(obj.Json, ObjectJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && !(reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("metadata"u8))) reader.TrySkip();
        reader.Read();
        var uid = "";
        DateTimeOffset? deleted = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUid = reader.ValueTextEquals("uid"u8);
            var isDeletion = reader.ValueTextEquals("deletionTimestamp"u8);
            reader.Read();
            if (isUid) uid = reader.GetString() ?? "";
            else if (isDeletion && reader.TokenType == JsonTokenType.String) deleted = DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            else reader.TrySkip();
        }

        return new(obj, uid, deleted);
    }
}

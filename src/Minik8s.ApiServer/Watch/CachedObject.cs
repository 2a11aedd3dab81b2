using System.Text.Json;
using Minik8s.Api;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Watch;

/// <summary>An object as it is kept and served: its JSON with the resourceVersion in place, and the little of it that selection needs.</summary>
public sealed class CachedObject
{
    private CachedObject(string key, string ns, string name, LabelSet labels, string[] fields, long revision, byte[] json)
    {
        Key = key;
        Namespace = ns;
        Name = name;
        Labels = labels;
        Fields = fields;
        Revision = revision;
        Json = json;
    }

    /// <summary>The key in the store.</summary>
    public string Key { get; }

    /// <summary>Empty for cluster-wide kinds.</summary>
    public string Namespace { get; }

    public string Name { get; }

    internal LabelSet Labels { get; }

    /// <summary>The values of the resource's indexed fields, in their order.</summary>
    public string[] Fields { get; }

    public long Revision { get; }

    /// <summary>The whole object as UTF-8 JSON; never changed.</summary>
    public byte[] Json { get; }

    /// <summary>Reads what the store holds; the revision is put into <c>metadata.resourceVersion</c>.</summary>
    public static CachedObject Read(ResourceDefinition resource, string key, ReadOnlyMemory<byte> stored, long revision)
    {
        if (resource.Upgrade is { } upgrade) stored = upgrade(stored);
        var json = WithResourceVersion(stored.Span, revision);
        using var document = ObjectJson.Document(json);
        var root = document.RootElement;
        var metadata = root.GetProperty("metadata");
        var labels = metadata.TryGetProperty("labels", out var map) ? LabelSet.Read(map) : LabelSet.None;
        var fields = resource.IndexedFields.Count == 0 ? [] : new string[resource.IndexedFields.Count];
        for (var i = 0; i < fields.Length; i++) fields[i] = FieldValue(root, resource.IndexedFields[i]);
        return new(key, TextPool.Share(Text(metadata, "namespace")), Text(metadata, "name"), labels, fields, revision, json);
    }

    /// <summary>The same object in another version.</summary>
    public CachedObject In(byte[] json) => new(Key, Namespace, Name, Labels, Fields, Revision, json);

    /// <summary>The same state under a later revision: as whoever watched it sees it leave.</summary>
    public CachedObject At(long revision)
    {
        // The present resourceVersion stands first in metadata, where it was put.
        var start = MetadataStart(Json);
        var end = start + 19 + Json.AsSpan(start + 19).IndexOf((byte)'"') + 1;
        if (Json[end] == ',') end++;
        return new(Key, Namespace, Name, Labels, Fields, revision, WithResourceVersion([.. Json.AsSpan(0, start), .. Json.AsSpan(end)], revision));
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static string FieldValue(JsonElement root, SelectableField field)
    {
        var at = root;
        foreach (var part in field.Path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return field.Default;
        }

        return at.ValueKind switch
        {
            JsonValueKind.String => TextPool.Share(at.GetString()!),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Null => field.Default,
            _ => at.ToString(),
        };
    }

    /// <summary>Stored objects carry no resourceVersion, because they cannot know it; it is put in first in their metadata.</summary>
    private static byte[] WithResourceVersion(ReadOnlySpan<byte> stored, long revision)
    {
        var at = MetadataStart(stored);
        Span<byte> text = stackalloc byte[48];
        "\"resourceVersion\":\""u8.CopyTo(text);
        System.Buffers.Text.Utf8Formatter.TryFormat(revision, text[19..], out var digits);
        "\","u8.CopyTo(text[(19 + digits)..]);
        var inserted = text[..(21 + digits)];
        var json = new byte[stored.Length + inserted.Length];
        stored[..at].CopyTo(json);
        inserted.CopyTo(json.AsSpan(at));
        stored[at..].CopyTo(json.AsSpan(at + inserted.Length));
        return json;
    }

    /// <summary>Where the fields of <c>metadata</c> begin.</summary>
    private static int MetadataStart(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ObjectJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && !(reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("metadata"u8))) reader.TrySkip();
        reader.Read();
        return (int)reader.TokenStartIndex + 1;
    }
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources;

/// <summary>
/// Reads custom objects that were stored under an earlier schema or version: what the schema no longer names is not shown, defaults that were added since
/// are, and the object appears in the version that is stored now. What the store holds stays as it is until the object is written again.
/// </summary>
internal sealed class StoredObjectUpgrade(string group, string version, IReadOnlyDictionary<string, Schema> schemas, bool webhook)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> stored)
    {
        var obj = ObjectJson.Parse(stored.Span);
        var written = obj.Text("apiVersion") is { } apiVersion && apiVersion.StartsWith(group + "/", StringComparison.Ordinal) ? apiVersion[(group.Length + 1)..] : version;
        var schema = schemas.GetValueOrDefault(written) ?? schemas[version];
        var changed = StructuralPruning.Prune(obj, schema, isResource: true);
        changed |= EmbeddedResources.Coerce(obj, schema, "", lenient: true);
        changed |= StructuralDefaulting.Apply(obj, schema);
        if (written != version && !webhook)
        {
            StructuralPruning.Prune(obj, schemas[version], isResource: true);
            obj["apiVersion"] = $"{group}/{version}";
            changed = true;
        }

        if (!changed) return stored;
        var buffer = new ArrayBufferWriter<byte>(stored.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer, Options)) obj.WriteTo(writer);
        return buffer.WrittenMemory;
    }
}

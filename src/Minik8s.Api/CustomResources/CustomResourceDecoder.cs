using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Decoding;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources;

/// <summary>
/// Reads bodies of a custom kind: metadata by its fixed schema, everything else as it is, pruned by the structural schema. Types are left to validation, which
/// names every field that is wrong.
/// </summary>
internal sealed class CustomResourceDecoder(Schema schema) : IBodyDecoder
{
    private static readonly Schema Body = MakeBody();

    public DecodedObject Decode(ReadOnlySpan<byte> utf8Json) => Complete(ObjectDecoder.Decode(utf8Json, Body));

    public DecodedObject Decode(JsonObject value) => Complete(ObjectDecoder.Decode(value, Body));

    private DecodedObject Complete(DecodedObject decoded)
    {
        var unknown = new List<string>();
        StructuralPruning.Prune(decoded.Object, schema, isResource: true, unknown);
        EmbeddedResources.Coerce(decoded.Object, schema, "", lenient: false);
        return new(decoded.Object, [.. decoded.StrictErrors, .. unknown.Order(StringComparer.Ordinal).Select(u => $"unknown field \"{u}\"")]);
    }

    private static Schema MakeBody()
    {
        var text = new Schema { Type = SchemaType.String };
        var body = new Schema { Type = SchemaType.Object, PreserveUnknownFields = true };
        body.Properties["apiVersion"] = text;
        body.Properties["kind"] = text;
        body.Properties["metadata"] = BuiltInSchemas.Get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        return body;
    }
}

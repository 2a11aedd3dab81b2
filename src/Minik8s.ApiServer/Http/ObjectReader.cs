using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;
using Minik8s.Api.Validation;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Http;

/// <summary>Turns the body of a write into an object of the resource's kind, with its defaults.</summary>
internal static class ObjectReader
{
    public static JsonObject Read(ReadOnlySpan<byte> json, ResourceDefinition resource, WriteOptions options) => Decode(json, resource, resource.Schema, resource.Kind.Kind, options);

    /// <summary>Reads an object of another kind that a subresource takes, such as Binding.</summary>
    public static JsonObject ReadOther(ReadOnlySpan<byte> json, ResourceDefinition resource, string definition, string kind, WriteOptions options) =>
        Decode(json, resource, BuiltInSchemas.Get(definition), kind, options);

    /// <summary>Brings the result of a patch into form: pruned, typed and with defaults.</summary>
    /// <param name="patched">The result.</param>
    /// <param name="resource">What it is.</param>
    /// <param name="options">Whether strict errors are refused, reported or passed over.</param>
    /// <param name="strict">Strict errors in the patch itself.</param>
    /// <exception cref="StatusException">422 when the result does not fit the kind.</exception>
    public static JsonObject Normalise(JsonObject patched, ResourceDefinition resource, WriteOptions options, IReadOnlyList<string> strict)
    {
        CheckKind(patched.Text("apiVersion"), patched.Text("kind"), resource, resource.Kind.Kind);
        try
        {
            var decoded = resource.Decoder?.Decode(patched) ?? ObjectDecoder.Decode(patched, resource.Schema);
            List<string> errors = [.. strict, .. decoded.StrictErrors];
            if (errors.Count > 0 && options.FieldValidation == "Strict") throw BadPatch(patched, $"strict decoding error: {string.Join(", ", errors)}");
            options.Report(errors);
            Complete(decoded.Object, resource);
            return decoded.Object;
        }
        catch (DecodeException e)
        {
            throw BadPatch(patched, e.Message);
        }
    }

    private static StatusException BadPatch(JsonObject patched, string why)
    {
        var errors = new List<FieldError>();
        errors.Invalid("patch", Shortened(patched), why);
        return StatusErrors.Invalid(new("", "", ""), "", errors);
    }

    /// <summary>The text of an object for a message, which no one reads to the end when it is long.</summary>
    private static string Shortened(JsonObject obj)
    {
        const int Limit = 4096;
        var text = obj.ToJsonString();
        return text.Length <= Limit ? text : text[..Limit] + "...";
    }

    private static JsonObject Decode(ReadOnlySpan<byte> json, ResourceDefinition resource, Schema schema, string kind, WriteOptions options)
    {
        CheckKind(json, resource, kind);
        try
        {
            var decoded = resource.Decoder is { } decoder && ReferenceEquals(schema, resource.Schema) ? decoder.Decode(json) : ObjectDecoder.Decode(json, schema);
            options.Report(decoded.StrictErrors);
            if (ReferenceEquals(schema, resource.Schema)) Complete(decoded.Object, resource);
            return decoded.Object;
        }
        catch (DecodeException e)
        {
            throw StatusErrors.BadRequest($"{kind} in version \"{resource.Kind.Version}\" cannot be handled as a {kind}: {e.Message}");
        }
    }

    private static void Complete(JsonObject obj, ResourceDefinition resource)
    {
        obj["apiVersion"] = resource.Kind.ApiVersion;
        obj["kind"] = resource.Kind.Kind;
        if (!resource.IsCustom) SchemaDefaulter.Apply(obj, resource.Schema);
        resource.Strategy.ApplyDefaults(obj);
    }

    private static void CheckKind(ReadOnlySpan<byte> json, ResourceDefinition resource, string kind)
    {
        JsonNode? head;
        try
        {
            head = Head(json);
        }
        catch (JsonException)
        {
            throw StatusErrors.BadRequest($"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {Explain(json, resource)} ({Hex(json)})");
        }

        CheckKind(head.Text("apiVersion"), head.Text("kind"), resource, kind);
    }

    private static void CheckKind(string? apiVersion, string? given, ResourceDefinition resource, string kind)
    {
        if (given is { Length: > 0 } && given != kind || apiVersion is { Length: > 0 } && apiVersion != resource.Kind.ApiVersion)
        {
            throw StatusErrors.BadRequest($"the API version in the data ({apiVersion ?? resource.Kind.ApiVersion}) does not match the expected API version ({resource.Kind.ApiVersion})"
                + (given == kind ? "" : $"; kind is {given}, expected {kind}"));
        }
    }

    private static JsonObject Head(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 200 });
        var head = new JsonObject();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueTextEquals("kind"u8) ? "kind" : reader.ValueTextEquals("apiVersion"u8) ? "apiVersion" : null;
            reader.Read();
            if (name is not null && reader.TokenType == JsonTokenType.String)
            {
                try
                {
                    head[name] = reader.GetString();
                }
                catch (InvalidOperationException e)
                {
                    throw new JsonException("invalid UTF-8", e);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return head;
    }

    private static string Explain(ReadOnlySpan<byte> json, ResourceDefinition resource)
    {
        try
        {
            ObjectDecoder.Decode(json, resource.Schema);
            return "unexpected end of JSON input";
        }
        catch (DecodeException e)
        {
            return e.Message;
        }
    }

    private static string Hex(ReadOnlySpan<byte> json) => Convert.ToHexStringLower(json[..Math.Min(json.Length, 32)]);
}

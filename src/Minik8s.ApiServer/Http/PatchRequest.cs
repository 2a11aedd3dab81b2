using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;
using Minik8s.Api.Yaml;
using Minik8s.ApiServer.Patch;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>A patch of any type, read from a request.</summary>
internal sealed class PatchRequest
{
    private const string JsonType = "application/json-patch+json";
    private const string MergeType = "application/merge-patch+json";
    private const string StrategicType = "application/strategic-merge-patch+json";
    private const string ApplyType = "application/apply-patch+yaml";

    private readonly ResourceDefinition _resource;

    private PatchRequest(ResourceDefinition resource, WriteOptions options, bool force, JsonObject? config, Func<JsonObject, JsonObject> change)
    {
        _resource = resource;
        Options = options;
        Force = force;
        Config = config;
        Change = change;
    }

    public WriteOptions Options { get; }

    /// <summary>The configuration to be applied server-side; null for other patches.</summary>
    public JsonObject? Config { get; }

    /// <summary>Whether fields are taken over from their managers.</summary>
    public bool Force { get; }

    /// <summary>What a patch that applies nothing makes of the present object.</summary>
    public Func<JsonObject, JsonObject> Change { get; }

    /// <exception cref="StatusException">415 for another media type, 422 for bad parameters, 400 for a bad body.</exception>
    public static async Task<PatchRequest> ReadAsync(HttpContext context, ResourceDefinition resource, Action? beforeCreate = null)
    {
        var type = Negotiation.MediaType(context.Request.ContentType);
        // Strategic merge needs what the types of the built-in kinds say about their lists.
        string[] types = resource.Schema.Name is null ? [JsonType, MergeType, ApplyType] : [JsonType, MergeType, StrategicType, ApplyType];
        if (!types.Contains(type))
        {
            throw new StatusException(415, StatusReason.UnsupportedMediaType, $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", types)}");
        }

        var body = await RequestBody.ReadAsync(context);
        var options = WriteHandler.Options(context, "PatchOptions") with { BeforeCreate = beforeCreate };
        var force = ReadForce(context.Request.Query, type);
        if (type == ApplyType) return new(resource, options, force, ReadConfig(body, options), p => p);
        var strict = new List<string>();
        var patch = Patcher(type, body, resource, strict);
        return new(resource, options, false, null, present => ObjectReader.Normalise(patch(present), resource, options, strict));
    }

    public ValueTask<(CachedObject Object, bool Created)> ExecuteAsync(ResourceRegistry registry, string ns, string name, string subresource, CancellationToken cancellationToken) => Config is null
        ? registry.UpdateAsync(ns, name, subresource, Change, Options, cancellationToken)
        : registry.ApplyAsync(ns, name, subresource, Config, Force, merged => ObjectReader.Normalise(merged, _resource, Options, []), Options, cancellationToken);

    private static bool ReadForce(IQueryCollection query, string type)
    {
        var errors = new List<FieldError>();
        var given = query.TryGetValue("force", out var force);
        if (type != ApplyType && given) errors.Forbidden("force", "may not be specified for non-apply patch");
        if (type == ApplyType && string.IsNullOrEmpty(query["fieldManager"])) errors.Required("fieldManager", "is required for apply patch");
        if (errors.Count > 0) throw WriteOptions.Invalid("PatchOptions", errors);
        return given && force.ToString() is not ("0" or "false" or "False" or "FALSE");
    }

    private static Func<JsonObject, JsonObject> Patcher(string type, byte[] body, ResourceDefinition resource, List<string> strict)
    {
        if (type == JsonType)
        {
            var operations = JsonPatch.Parse(body, strict);
            return operations.Apply;
        }

        var duplicates = new List<string>();
        var changes = PatchDocument.ParseObject(body, type == MergeType ? "error decoding patch: " : "", duplicates);
        foreach (var path in duplicates) strict.Add($"duplicate field \"{path}\"");
        return type == MergeType ? present => MergePatch.Apply(present, changes) : present => StrategicMergePatch.Apply(present, changes, resource.Schema);
    }

    private static JsonObject ReadConfig(byte[] body, WriteOptions options)
    {
        var duplicates = new List<string>();
        var config = ParseConfig(body, duplicates);
        if (duplicates.Count > 0 && options.FieldValidation == "Strict") throw StatusErrors.BadRequest($"error strict decoding YAML: key \"{duplicates[0]}\" already set in map");
        if (options.FieldValidation == "Warn") duplicates.ForEach(d => options.Warn($"key \"{d}\" already set in map"));
        return config;
    }

    private static JsonObject ParseConfig(byte[] body, List<string> duplicates)
    {
        const string Prefix = "error decoding YAML: ";
        const string JsonPrefix = Prefix + "error unmarshaling JSON: while decoding JSON: ";
        if (body.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
        {
            try
            {
                return PatchDocument.ParseObject(body, JsonPrefix, duplicates);
            }
            catch (StatusException)
            {
                // YAML may begin with a brace too.
                duplicates.Clear();
            }
        }

        try
        {
            return PatchDocument.ParseObject(YamlDecoder.ToJson(body), JsonPrefix, duplicates);
        }
        catch (DecodeException e)
        {
            throw StatusErrors.BadRequest(Prefix + e.Message);
        }
    }
}

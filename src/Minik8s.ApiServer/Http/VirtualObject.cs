using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Http;

/// <summary>Reads and answers objects that are computed and never stored: reviews, token requests.</summary>
internal static class VirtualObject
{
    /// <summary>Reads the body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">What it must be.</param>
    /// <exception cref="StatusException">400 or 415.</exception>
    public static async Task<JsonObject> ReadAsync(HttpContext context, GroupVersionKind kind)
    {
        var schema = BuiltInSchemas.Get(kind);
        var options = WriteHandler.Options(context, "CreateOptions");
        var body = await WriteHandler.BodyAsync(context, schema);
        try
        {
            var decoded = ObjectDecoder.Decode(body, schema);
            var (apiVersion, given) = (decoded.Object.Text("apiVersion") ?? "", decoded.Object.Text("kind") ?? "");
            if (apiVersion.Length > 0 && apiVersion != kind.ApiVersion || given.Length > 0 && given != kind.Kind)
            {
                throw StatusErrors.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({kind.ApiVersion})" + (given == kind.Kind ? "" : $"; kind is {given}, expected {kind.Kind}"));
            }

            options.Report(decoded.StrictErrors);
            SchemaDefaulter.Apply(decoded.Object, schema);
            return decoded.Object;
        }
        catch (DecodeException e)
        {
            throw StatusErrors.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {e.Message}");
        }
    }

    /// <summary>Answers 201 with the object.</summary>
    public static Task RespondAsync(HttpContext context, GroupVersionKind kind, JsonObject obj)
    {
        var answer = new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = obj["metadata"]?.DeepClone() ?? new JsonObject() };
        foreach (var field in new[] { "spec", "status" })
        {
            if (obj[field] is { } value) answer[field] = value.DeepClone();
        }

        return Respond.BytesAsync(context, 201, "application/json", Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }
}

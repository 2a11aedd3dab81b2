using Microsoft.AspNetCore.Http;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.Api.Yaml;

namespace Minik8s.ApiServer.Http;

/// <summary>Reads request bodies within bounds.</summary>
internal static class RequestBody
{
    public const int Limit = 3 * 1024 * 1024;

    public static async Task<byte[]> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > Limit) throw TooLarge();
        using var buffer = new MemoryStream();
        var chunk = System.Buffers.ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
            {
                if (buffer.Length + read > Limit) throw TooLarge();
                buffer.Write(chunk, 0, read);
            }

            return buffer.ToArray();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>The body as JSON, whatever of the supported types it came in.</summary>
    /// <exception cref="StatusException">400 or 415.</exception>
    public static byte[] ToJson(byte[] body, string? contentType, Schema schema)
    {
        switch (Negotiation.MediaType(contentType))
        {
            case "" or "application/json":
                return body;
            case "application/yaml":
                try
                {
                    return YamlDecoder.ToJson(body);
                }
                catch (DecodeException e)
                {
                    throw StatusErrors.BadRequest(e.Message);
                }

            case "application/vnd.kubernetes.protobuf" when body.Length == 0:
                return body;
            case "application/vnd.kubernetes.protobuf" when ProtobufDecoder.Knows(schema):
                try
                {
                    return ProtobufDecoder.ToJson(body, schema);
                }
                catch (DecodeException e)
                {
                    throw StatusErrors.BadRequest(e.Message);
                }

            case var other:
                throw new StatusException(415, StatusReason.UnsupportedMediaType,
                    $"the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (got \"{other}\")");
        }
    }

    private static StatusException TooLarge() => StatusErrors.TooLarge($"limit is {Limit}");
}

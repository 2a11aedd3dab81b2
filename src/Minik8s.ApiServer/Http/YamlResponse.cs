using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Minik8s.Api.Yaml;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers a client that would rather have YAML: the JSON answer is held back and turned into YAML when it is complete.</summary>
internal static class YamlResponse
{
    public static async Task ServeAsync(HttpContext context, Func<HttpContext, Task> serve)
    {
        // Compressed bytes could not be turned.
        context.Request.Headers.AcceptEncoding = default;
        var original = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var held = new MemoryStream();
        var body = new StreamResponseBodyFeature(held, original);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await serve(context);
            await body.CompleteAsync();
        }
        finally
        {
            context.Features.Set(original);
        }

        var answer = held.ToArray();
        if (Negotiation.MediaType(context.Response.ContentType) == "application/json")
        {
            answer = YamlEncoder.FromJson(answer);
            context.Response.ContentType = "application/yaml";
        }

        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }
}

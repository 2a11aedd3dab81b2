using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Discovery.OpenApi;

namespace Minik8s.ApiServer.Tests.OpenApi;

/// <summary>OpenAPI with as much discovery as kubectl needs to find it.</summary>
internal sealed class OpenApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IReadOnlyList<ResourceDefinition> _resources;
    private readonly OpenApiEndpoint _endpoint;

    private OpenApiServer(WebApplication app, IReadOnlyList<ResourceDefinition> resources)
    {
        _app = app;
        _resources = resources;
        _endpoint = new OpenApiEndpoint(new OpenApiDocuments(() => resources, "v1.35.0+minik8s"), TimeProvider.System);
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>Paths with queries that were asked for.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Requests { get; } = [];

    public static async Task<OpenApiServer> StartAsync(IReadOnlyList<ResourceDefinition> resources)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new OpenApiServer(app, resources);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Urls.Single());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private Task HandleAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (OpenApiEndpoint.Serves(context.Request.Path)) return _endpoint.HandleAsync(context);
        var path = context.Request.Path.Value!;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            // An object that is created comes back as it is.
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.ContentType = "application/json";
            return context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
        }

        var groups = _resources.Where(r => r.Kind.Group.Length > 0).Select(r => (r.Kind.Group, r.Kind.Version)).Distinct();
        JsonObject? answer = path switch
        {
            "/version" => new() { ["major"] = "1", ["minor"] = "35", ["gitVersion"] = "v1.35.0" },
            "/api" => new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
            "/apis" => new()
            {
                ["kind"] = "APIGroupList",
                ["groups"] = new JsonArray([.. groups.Select(g => new JsonObject
                {
                    ["name"] = g.Group,
                    ["versions"] = new JsonArray(Version(g.Group, g.Version)),
                    ["preferredVersion"] = Version(g.Group, g.Version),
                })]),
            },
            _ when path.StartsWith("/api", StringComparison.Ordinal) => Resources(path[(path.IndexOf('/', 1) + 1)..]),
            _ => null,
        };
        if (answer is null)
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        }

        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString());
    }

    private static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private JsonObject? Resources(string groupVersion)
    {
        var own = _resources.Where(r => r.Kind.ApiVersion == groupVersion).ToList();
        return own.Count == 0 ? null : new()
        {
            ["kind"] = "APIResourceList",
            ["groupVersion"] = groupVersion,
            ["resources"] = new JsonArray([.. own.Select(r => new JsonObject
            {
                ["name"] = r.Plural,
                ["singularName"] = r.Singular,
                ["namespaced"] = r.Namespaced,
                ["kind"] = r.Kind.Kind,
                ["verbs"] = new JsonArray([.. r.Verbs.Select(v => (JsonNode)v)]),
                ["shortNames"] = new JsonArray([.. r.ShortNames.Select(v => (JsonNode)v)]),
            })]),
        };
    }
}

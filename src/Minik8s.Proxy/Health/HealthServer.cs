using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Minik8s.Proxy.Health;

/// <summary>A small HTTP server for probes.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication _web;

    private HealthServer(WebApplication web) => _web = web;

    /// <summary>The port on which it listens.</summary>
    public int Port => new Uri(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>Starts it on all addresses.</summary>
    /// <param name="port">The port; 0: any free one.</param>
    /// <param name="answer">Gives status and JSON for a path; null: there is nothing at that path.</param>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<HealthServer> StartAsync(int port, Func<string, (int Status, string Body)?> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Any, port);
        });
        var web = builder.Build();
        web.Run(async context =>
        {
            if (answer(context.Request.Path.Value ?? "/") is not { } found)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.StatusCode = found.Status;
            context.Response.ContentType = "application/json";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            await context.Response.WriteAsync(found.Body, context.RequestAborted);
        });
        try
        {
            await web.StartAsync();
            return new HealthServer(web);
        }
        catch
        {
            await web.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A probe that is being answered does not hold up the end.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _web.StopAsync(now.Token);
        await _web.DisposeAsync();
    }
}

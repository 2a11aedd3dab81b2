using Microsoft.AspNetCore.Http;
using Minik8s.ApiServer.Discovery.OpenApi;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Discovery;

/// <summary>Answers <c>/openapi/v2</c> and <c>/openapi/v3</c> from the resources of the catalogue.</summary>
internal sealed class OpenApiHandler
{
    private readonly OpenApiEndpoint _endpoint;

    public OpenApiHandler(RegistryCatalog catalog, ApiServerOptions options, TimeProvider time)
    {
        _endpoint = new OpenApiEndpoint(new OpenApiDocuments(() => catalog.Resources, options.Version.GitVersion), time);
    }

    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        if (!OpenApiEndpoint.Serves(path)) return false;
        await _endpoint.HandleAsync(context);
        return true;
    }
}

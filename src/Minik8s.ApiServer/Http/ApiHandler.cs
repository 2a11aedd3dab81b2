using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Discovery;
using Minik8s.ApiServer.FlowControl;
using Minik8s.ApiServer.Health;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Reviews;
using Minik8s.Store;

namespace Minik8s.ApiServer.Http;

/// <summary>
/// The way of every request: who is it, what is it about, may they, and then the handler of its verb. Whatever goes wrong becomes a <c>Status</c>.
/// </summary>
internal sealed partial class ApiHandler(
    RegistryCatalog catalog,
    RequestAuthenticator authenticator,
    IAuthorizer authorizer,
    Impersonation impersonation,
    ReviewHandler reviews,
    IssuerDiscovery issuer,
    RequestLimits limits,
    DiscoveryHandler discovery,
    OpenApiHandler openApi,
    HealthHandler health,
    ListHandler lists,
    WatchHandler watches,
    WriteHandler writes,
    SubresourceHandler subresources,
    TimeProvider time,
    ILogger<ApiHandler> logger)
{
    public Task HandleAsync(HttpContext context) =>
        Negotiation.PrefersYaml(context.Request.Headers.Accept.ToString()) && !IsStream(context.Request) ? YamlResponse.ServeAsync(context, HandleJsonAsync) : HandleJsonAsync(context);

    /// <summary>Whether the answer has no end that could be waited for.</summary>
    private static bool IsStream(HttpRequest request) =>
        request.Query.ContainsKey("watch") || request.Query.ContainsKey("follow") || request.Path.Value is { } path && (path.Contains("/watch/", StringComparison.Ordinal) || path.Contains("/proxy", StringComparison.Ordinal));

    private async Task HandleJsonAsync(HttpContext context)
    {
        try
        {
            await ServeAsync(context);
        }
        catch (StatusException e)
        {
            await FailAsync(context, e);
        }
        catch (StoreUnavailableException e)
        {
            await FailAsync(context, new StatusException(503, StatusReason.ServiceUnavailable, e.Message, new StatusDetails(RetryAfterSeconds: 1)));
        }
        catch (ValueTooLargeException e)
        {
            await FailAsync(context, new StatusException(413, StatusReason.RequestEntityTooLarge, $"Request entity is too large: {e.Message}"));
        }
        catch (TimeoutException e)
        {
            await FailAsync(context, new StatusException(504, StatusReason.Timeout, $"Timeout: {e.Message}"));
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(context, new StatusException(e.StatusCode, e.StatusCode == 413 ? StatusReason.RequestEntityTooLarge : StatusReason.BadRequest, e.Message));
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has hung up; nobody is there to be told.
            context.Abort();
        }
        catch (Exception e)
        {
            LogFailed(context.Request.Method, context.Request.Path, e);
            await FailAsync(context, StatusErrors.Internal("the server met a condition that it does not know; its log says more"));
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        var request = RequestInfo.Parse(context.Request.Method, path, name => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null);
        using var deadline = RequestDeadline.Start(context, request, time);
        try
        {
            await ServeAsync(context, path, request);
        }
        catch (OperationCanceledException) when (deadline is { Expired: true })
        {
            throw RequestDeadline.Error();
        }
    }

    private async Task ServeAsync(HttpContext context, string path, RequestInfo request)
    {
        var user = impersonation.Apply(context, await authenticator.AuthenticateAsync(context));
        context.SetUser(user);
        using var seat = await limits.EnterAsync(user, request, context.RequestAborted);
        if (authorizer.Authorize(user, request) is { Allowed: false, Reason: var reason }) throw Denial.Of(user, request, reason);
        if (request.IsResource) await ServeResourceAsync(context, request);
        else if (!await health.TryHandleAsync(context, path) && !await issuer.TryHandleAsync(context, path) && !await discovery.TryHandleAsync(context, path) && !await openApi.TryHandleAsync(context, path)) throw NoSuchPath();
    }

    private async Task ServeResourceAsync(HttpContext context, RequestInfo request)
    {
        if (request is { Group: "", Version: "v1", Resource: "bindings", Verb: "create", Name: "" })
        {
            await subresources.BindAsync(context, catalog.Find("", "v1", "pods")!, request.Namespace, "");
            return;
        }

        if (await reviews.TryHandleAsync(context, request)) return;
        var registry = catalog.Find(request.Group, request.Version, request.Resource) ?? throw NoSuchPath();
        if (registry.Resource.DeprecationWarning is { } warning) new WarningHeader(context).Add(warning);
        var ns = registry.Resource.Namespaced ? request.Namespace : "";
        var subresource = request.Subresource.Length == 0 ? null : registry.Resource.Subresources.FirstOrDefault(s => s.Name == request.Subresource) ?? throw NoSuchPath();
        if (subresource is { IsView: false })
        {
            await subresources.HandleAsync(context, registry, request);
            return;
        }

        var single = request.Name.Length > 0;
        if (registry.Resource.Namespaced && ns.Length == 0 && (single || request.Verb == "create")) throw NoSuchPath();
        switch (request.Verb)
        {
            case "get":
                await Respond.ObjectAsync(context, registry, await registry.GetAsync(ns, request.Name, context.RequestAborted), 200, time);
                break;
            case "list":
                await lists.HandleAsync(context, registry, ns);
                break;
            case "watch":
                await watches.HandleAsync(context, registry, ns, request.Name);
                break;
            case "create" when !single && registry.Resource.Verbs.Contains("create"):
                await writes.CreateAsync(context, registry, ns);
                break;
            case "update" when single:
                await writes.UpdateAsync(context, registry, ns, request);
                break;
            case "patch" when single:
                await writes.PatchAsync(context, registry, ns, request);
                break;
            case "delete" when request.Subresource.Length == 0:
                await writes.DeleteAsync(context, registry, ns, request.Name);
                break;
            case "deletecollection" when registry.Resource.Verbs.Contains("deletecollection"):
                await writes.DeleteCollectionAsync(context, registry, ns);
                break;
            default:
                throw new StatusException(405, StatusReason.MethodNotAllowed, "the server does not allow this method on the requested resource");
        }
    }

    private static StatusException NoSuchPath() => new(404, StatusReason.NotFound, "the server could not find the requested resource", new StatusDetails());

    private async Task FailAsync(HttpContext context, StatusException error)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out already: cutting the connection is the only way to say that it is not whole.
            LogCut(context.Request.Method, context.Request.Path, error.Message);
            context.Abort();
            return;
        }

        try
        {
            await StatusWriter.WriteAsync(context, error);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            context.Abort();
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(string method, string path, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} was cut off: {Reason}")]
    private partial void LogCut(string method, string path, string reason);
}

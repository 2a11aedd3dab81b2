using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers create, update, patch and delete of objects and of their status.</summary>
internal sealed class WriteHandler(IAuthorizer authorizer, TimeProvider time)
{
    public async Task CreateAsync(HttpContext context, ResourceRegistry registry, string ns)
    {
        var options = Options(context, "CreateOptions");
        var body = await BodyAsync(context, registry.Resource.Schema);
        var obj = ObjectReader.Read(body, registry.Resource, options);
        var created = await registry.CreateAsync(ns, obj, options, context.RequestAborted);
        await Respond.ObjectAsync(context, registry, created, 201, time);
    }

    public async Task UpdateAsync(HttpContext context, ResourceRegistry registry, string ns, RequestInfo request)
    {
        var name = request.Name;
        var options = Options(context, "UpdateOptions") with { BeforeCreate = () => CheckCreate(context, request) };
        var body = await BodyAsync(context, registry.Resource.Schema);
        var obj = ObjectReader.Read(body, registry.Resource, options);
        if (obj.Map("metadata").Text("name") is { Length: > 0 } named && named != name)
        {
            throw StatusErrors.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
        }

        var (updated, made) = await registry.UpdateAsync(ns, name, request.Subresource, _ => obj.DeepClone().AsObject(), options, context.RequestAborted, () => obj);
        await Respond.ObjectAsync(context, registry, updated, made ? 201 : 200, time);
    }

    public async Task PatchAsync(HttpContext context, ResourceRegistry registry, string ns, RequestInfo request)
    {
        var patch = await PatchRequest.ReadAsync(context, registry.Resource, () => CheckCreate(context, request));
        var (updated, made) = await patch.ExecuteAsync(registry, ns, request.Name, request.Subresource, context.RequestAborted);
        await Respond.ObjectAsync(context, registry, updated, made ? 201 : 200, time);
    }

    public async Task DeleteAsync(HttpContext context, ResourceRegistry registry, string ns, string name)
    {
        var options = DeleteOptions.Read(q => context.Request.Query[q], await BodyAsync(context, DeleteOptions.Schema)) with { User = context.GetUser() };
        var (deleted, gone) = await registry.DeleteAsync(ns, name, options, context.RequestAborted);
        if (!gone || registry.Resource.Strategy.GracePeriodSeconds(Registry.ObjectBytes.Parse(deleted.Json), options.GracePeriodSeconds) is not null)
        {
            await Respond.ObjectAsync(context, registry, deleted, 200, time);
            return;
        }

        using var document = ObjectJson.Document(deleted.Json);
        var uid = document.RootElement.GetProperty("metadata").GetProperty("uid").GetString()!;
        await Respond.BytesAsync(context, 200, "application/json", StatusWriter.Deleted(name, registry.Resource.Kind.Group, registry.Resource.Plural, uid));
    }

    public async Task DeleteCollectionAsync(HttpContext context, ResourceRegistry registry, string ns)
    {
        var options = DeleteOptions.Read(q => context.Request.Query[q], await BodyAsync(context, DeleteOptions.Schema)) with { User = context.GetUser() };
        var selector = new ObjectSelector(registry.Resource, ns, context.Request.Query["labelSelector"], context.Request.Query["fieldSelector"]);
        await registry.Cache.WaitForStoreAsync(context.RequestAborted);
        var (items, revision) = registry.Cache.List(selector);
        foreach (var item in items)
        {
            try
            {
                await registry.DeleteAsync(item.Namespace, item.Name, options, context.RequestAborted);
            }
            catch (StatusException e) when (e.Code == 404)
            {
                // Somebody else has deleted it meanwhile, which is what was asked for.
            }
        }

        await new ListWriter(context, registry, new ListPage(items, revision, null, null), time).WriteAsync(ResponseForm.Object, "");
    }

    /// <summary>Whoever may change objects may not therefore make new ones.</summary>
    private void CheckCreate(HttpContext context, RequestInfo request)
    {
        var creation = request with { Verb = "create" };
        if (authorizer.Authorize(context.GetUser(), creation) is { Allowed: false, Reason: var reason }) throw Denial.Of(context.GetUser(), creation, reason);
    }

    internal static async Task<byte[]> BodyAsync(HttpContext context, Schema schema) =>
        RequestBody.ToJson(await RequestBody.ReadAsync(context), context.Request.ContentType, schema);

    internal static WriteOptions Options(HttpContext context, string kind) =>
        WriteOptions.Read(kind, q => context.Request.Query[q], context.Request.Headers.UserAgent, new WarningHeader(context).Add) with { User = context.GetUser() };
}

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Scales;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>
/// Answers <c>scale</c> subresources: an object's number of replicas as an autoscaling/v1 Scale, read, replaced and patched whatever the kind of the object.
/// </summary>
internal static class ScaleHandler
{
    public static async Task HandleAsync(HttpContext context, ResourceRegistry registry, RequestInfo request, TimeProvider time)
    {
        var mapping = registry.Resource.Scale ?? throw new InvalidOperationException($"{registry.Resource.GroupResource} serves scale, but has no mapping for it");
        var changed = request.Verb switch
        {
            "get" => await GetAsync(context, registry, request, mapping),
            "update" => await UpdateAsync(context, registry, request, mapping),
            "patch" => await PatchAsync(context, registry, request, mapping),
            _ => throw StatusErrors.MethodNotAllowed(registry.Resource.GroupResource, request.Verb),
        };
        var scale = mapping.ToScale(ObjectBytes.Parse(registry.Present(changed).Json));
        await Respond.OtherAsync(context, ScaleResource.Definition, CachedObject.Read(ScaleResource.Definition, changed.Key, ObjectBytes.Of(scale), changed.Revision), 200, time);
    }

    private static async Task<CachedObject> GetAsync(HttpContext context, ResourceRegistry registry, RequestInfo request, ScaleMapping mapping)
    {
        var found = await registry.GetAsync(request.Namespace, request.Name, context.RequestAborted);
        if (mapping.HasReplicas(ObjectBytes.Parse(registry.Present(found).Json))) return found;
        throw new StatusException(404, StatusReason.NotFound, $"the spec replicas field \".{string.Join('.', mapping.SpecReplicas)}\" does not exist");
    }

    private static async Task<CachedObject> UpdateAsync(HttpContext context, ResourceRegistry registry, RequestInfo request, ScaleMapping mapping)
    {
        var options = WriteHandler.Options(context, "UpdateOptions") with { Through = "scale" };
        var wanted = ObjectReader.Read(await WriteHandler.BodyAsync(context, ScaleResource.Definition.Schema), ScaleResource.Definition, options);
        return await ChangeAsync(context, registry, request, mapping, _ => wanted, options);
    }

    private static async Task<CachedObject> PatchAsync(HttpContext context, ResourceRegistry registry, RequestInfo request, ScaleMapping mapping)
    {
        var patch = await PatchRequest.ReadAsync(context, ScaleResource.Definition);
        var options = patch.Options with { Through = "scale" };
        return patch.Config is null
            ? await ChangeAsync(context, registry, request, mapping, patch.Change, options)
            : await ApplyAsync(context, registry, request, mapping, patch, options);
    }

    /// <summary>Applies a Scale: its number of replicas is a configuration of the object itself, managed through the subresource.</summary>
    private static async Task<CachedObject> ApplyAsync(
        HttpContext context, ResourceRegistry registry, RequestInfo request, ScaleMapping mapping, PatchRequest patch, WriteOptions options)
    {
        var scale = patch.Config!;
        FieldManager.Check(scale, ScaleResource.Definition);
        Validate(scale, request.Name);
        var config = new JsonObject { ["apiVersion"] = registry.Resource.Kind.ApiVersion, ["kind"] = registry.Resource.Kind.Kind };
        foreach (var field in new[] { "name", "namespace", "uid", "resourceVersion" })
        {
            if (scale.Map("metadata")?[field] is { } given) config.Ensure("metadata")[field] = given.DeepClone();
        }

        if (scale.Map("spec")?["replicas"] is not null) mapping.SetReplicas(config, scale);
        var (updated, _) = await registry.ApplyAsync(
            request.Namespace, request.Name, "", config, patch.Force, merged => ObjectReader.Normalise(merged, registry.Resource, options, []), options, context.RequestAborted);
        return updated;
    }

    private static void Validate(JsonObject scale, string name)
    {
        var errors = new List<FieldError>();
        ScaleResource.Validate(scale, errors);
        if (errors.Count > 0) throw StatusErrors.Invalid(ScaleResource.Definition.Kind, name, errors);
    }

    private static async Task<CachedObject> ChangeAsync(
        HttpContext context, ResourceRegistry registry, RequestInfo request, ScaleMapping mapping, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        // The object itself is written, by the rules of its kind: its generation counts, its validation holds.
        var (updated, _) = await registry.UpdateAsync(request.Namespace, request.Name, "", present =>
        {
            var scale = change(mapping.ToScale(present));
            var given = scale.Map("metadata");
            if (given.Text("name") is { Length: > 0 } name && name != request.Name)
            {
                throw StatusErrors.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Name})");
            }

            Validate(scale, request.Name);
            mapping.SetReplicas(present, scale);
            var metadata = present.Ensure("metadata");
            if (given.Text("uid") is { Length: > 0 } uid) metadata["uid"] = uid;
            metadata["resourceVersion"] = given.Text("resourceVersion") ?? "";
            return present;
        }, options, context.RequestAborted);
        return updated;
    }
}

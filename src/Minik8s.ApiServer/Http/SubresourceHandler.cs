using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Proxying;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Streaming;

namespace Minik8s.ApiServer.Http;

/// <summary>Answers the subresources that are more than a view of the object: binding, finalize, proxies, and the streams of pods.</summary>
internal sealed class SubresourceHandler(PodStreaming streaming, EvictionHandler evictions, TokenRequests tokens, ResourceProxy proxy, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, ResourceRegistry registry, RequestInfo request)
    {
        switch (request.Subresource)
        {
            case "binding" when request.Verb == "create":
                await BindAsync(context, registry, request.Namespace, request.Name);
                break;
            case "finalize" when request.Verb == "update":
                await FinalizeAsync(context, registry, request.Name);
                break;
            case "eviction" when request.Verb == "create":
                await evictions.HandleAsync(context, registry, request);
                break;
            case "scale":
                await ScaleHandler.HandleAsync(context, registry, request, time);
                break;
            case "token" when request.Verb == "create":
                await tokens.CreateAsync(context, registry, request.Namespace, request.Name);
                break;
            case "log" when request.Verb == "get":
                await StreamAsync(context, registry, request, PodStreamKind.Log);
                break;
            case "exec":
                await StreamAsync(context, registry, request, PodStreamKind.Exec);
                break;
            case "attach":
                await StreamAsync(context, registry, request, PodStreamKind.Attach);
                break;
            case "portforward":
                await StreamAsync(context, registry, request, PodStreamKind.PortForward);
                break;
            case "proxy":
                await proxy.HandleAsync(context, request);
                break;
            default:
                throw StatusErrors.MethodNotAllowed(registry.Resource.GroupResource, request.Verb);
        }
    }

    /// <summary>Sets the node of a pod, once (<c>pods/binding</c>).</summary>
    public async Task BindAsync(HttpContext context, ResourceRegistry registry, string ns, string name)
    {
        var options = WriteHandler.Options(context, "CreateOptions");
        var binding = ObjectReader.ReadOther(await WriteHandler.BodyAsync(context, BuiltInSchemas.Get("io.k8s.api.core.v1.Binding")), registry.Resource, "io.k8s.api.core.v1.Binding", "Binding", options);
        if (name.Length == 0) name = binding.Map("metadata").Text("name") ?? throw StatusErrors.BadRequest("metadata.name is required");
        var node = binding.Map("target").Text("name") ?? "";
        if (node.Length == 0)
        {
            throw StatusErrors.Invalid(new("", "v1", "Binding"), name, [new FieldError(FieldErrorType.Required, "target.name", null, "")]);
        }

        await registry.UpdateAsync(ns, name, "binding", pod =>
        {
            if (pod.Map("metadata")!["deletionTimestamp"] is not null) throw StatusErrors.Conflict(registry.Resource.GroupResource, name, $"pod {name} is being deleted, cannot be assigned to a host");
            if (binding.Map("metadata").Text("uid") is { Length: > 0 } uid && uid != pod.Map("metadata").Text("uid"))
            {
                throw StatusErrors.Conflict(registry.Resource.GroupResource, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {pod.Map("metadata").Text("uid")}");
            }

            var spec = pod.Ensure("spec");
            if (spec.Text("nodeName") is { Length: > 0 } bound) throw StatusErrors.Conflict(registry.Resource.GroupResource, name, $"pod {name} is already assigned to node \"{bound}\"");
            if (spec.Items("schedulingGates").Any()) throw StatusErrors.Conflict(new("", "pods/binding"), name, $"pod {name} has non-empty .spec.schedulingGates");
            spec["nodeName"] = node;
            SetScheduled(pod.Ensure("status"));
            return pod;
        }, options, context.RequestAborted);
        await Respond.BytesAsync(context, 201, "application/json", "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}"u8.ToArray());
    }

    private void SetScheduled(JsonObject status)
    {
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        foreach (var old in conditions.Where(c => c.Text("type") == "PodScheduled").ToList()) conditions.Remove(old);
        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = ResourceRegistry.Timestamp(time.GetUtcNow()),
        });
    }

    /// <summary>Replaces a namespace's finalizers; the last one to go takes a terminating namespace with it.</summary>
    private async Task FinalizeAsync(HttpContext context, ResourceRegistry registry, string name)
    {
        var options = WriteHandler.Options(context, "UpdateOptions");
        var given = ObjectReader.Read(await WriteHandler.BodyAsync(context, registry.Resource.Schema), registry.Resource, options);
        var (updated, _) = await registry.UpdateAsync("", name, "finalize", present =>
        {
            if (given.Map("metadata").Text("resourceVersion") is { Length: > 0 } version) present.Map("metadata")!["resourceVersion"] = version;
            present.Ensure("spec")["finalizers"] = given.Map("spec")?["finalizers"]?.DeepClone() ?? new JsonArray();
            return present;
        }, options, context.RequestAborted);
        await Respond.ObjectAsync(context, registry, updated, 200, time);
    }

    private async Task StreamAsync(HttpContext context, ResourceRegistry registry, RequestInfo request, PodStreamKind kind)
    {
        var pod = await registry.GetAsync(request.Namespace, request.Name, context.RequestAborted);
        await streaming.HandleAsync(context, new PodStreamTarget(kind, pod.Json));
    }
}

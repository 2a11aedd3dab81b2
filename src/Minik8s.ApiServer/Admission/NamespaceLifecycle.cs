using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission;

/// <summary>Objects live in namespaces that exist and are not going away; the namespaces of the cluster itself stay.</summary>
public sealed class NamespaceLifecycle(Func<ResourceCache> namespaces) : IAdmission
{
    private static readonly string[] Immortal = ["default", "kube-system", "kube-public"];

    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var name = request.Object.Map("metadata").Text("name") ?? "";
        if (request is { Operation: AdmissionOperation.Delete, Resource.Kind: { Group: "", Kind: "Namespace" } } && Immortal.Contains(name))
        {
            throw StatusErrors.Forbidden(request.Resource.GroupResource, name, "this namespace may not be deleted");
        }

        if (request.Operation != AdmissionOperation.Create || !request.Resource.Namespaced) return;
        var cache = namespaces();
        var found = cache.Find(cache.Prefix + request.Namespace);
        if (found is null)
        {
            // Perhaps it was made a moment ago.
            await cache.WaitForStoreAsync(cancellationToken);
            found = cache.Find(cache.Prefix + request.Namespace) ?? throw StatusErrors.NotFound(new GroupResource("", "namespaces"), request.Namespace);
        }

        if (!IsTerminating(found)) return;
        var why = $"unable to create new content in namespace {request.Namespace} because it is being terminated";
        throw new StatusException(403, StatusReason.Forbidden, $"{request.Resource.GroupResource} \"{name}\" is forbidden: {why}",
            new StatusDetails(name, request.Resource.Kind.Group, request.Resource.Plural, Causes: [new StatusCause("NamespaceTerminating", $"namespace {request.Namespace} is being terminated", "metadata.namespace")]));
    }

    private static bool IsTerminating(CachedObject ns)
    {
        using var document = ObjectJson.Document(ns.Json);
        return document.RootElement.GetProperty("metadata").TryGetProperty("deletionTimestamp", out _);
    }
}

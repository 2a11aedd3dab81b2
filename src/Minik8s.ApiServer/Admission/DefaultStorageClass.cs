using Minik8s.Api;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission;

/// <summary>Gives a new claim that names no storage class the default one; of several, the newest (Kubernetes' DefaultStorageClass).</summary>
internal sealed class DefaultStorageClass(Func<ResourceCache> classes) : IAdmission
{
    private static readonly string[] DefaultAnnotations = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation != AdmissionOperation.Create || request.Resource.Kind is not { Group: "", Kind: "PersistentVolumeClaim" }) return default;
        // An empty name is a wish of its own: no class.
        if (request.Object.Map("spec")?["storageClassName"] is not null || request.Object.Map("metadata").Map("annotations")?.ContainsKey("volume.beta.kubernetes.io/storage-class") == true) return default;
        var cache = classes();
        var newest = cache.List(new ObjectSelector(cache.Resource, null, null, null)).Items
            .Select(i => ObjectBytes.Parse(i.Json).Map("metadata"))
            .Where(m => DefaultAnnotations.Any(a => m.Map("annotations").Text(a) == "true"))
            .OrderByDescending(m => m.Text("creationTimestamp"), StringComparer.Ordinal).ThenBy(m => m.Text("name"), StringComparer.Ordinal)
            .FirstOrDefault();
        if (newest.Text("name") is { } name) request.Object.Ensure("spec")["storageClassName"] = name;
        return default;
    }
}

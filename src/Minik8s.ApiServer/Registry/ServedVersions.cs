using Minik8s.Api.Resources;
using Minik8s.ApiServer.ManagedFields;

namespace Minik8s.ApiServer.Registry;

/// <summary>The versions of a resource that are served over one storage, and the way of an object from one to another.</summary>
internal sealed class ServedVersions(ResourceDefinition resource)
{
    private volatile IReadOnlyList<ResourceDefinition> _all = [resource];

    public IReadOnlyList<ResourceDefinition> All
    {
        get => _all;
        set => _all = value;
    }

    /// <summary>The object in another version; null when that is not served.</summary>
    public VersionedObject? Convert(VersionedObject obj, string apiVersion)
    {
        var versions = _all;
        var from = versions.FirstOrDefault(v => v.Kind.ApiVersion == obj.ApiVersion);
        var to = versions.FirstOrDefault(v => v.Kind.ApiVersion == apiVersion);
        if (from is null || to is null) return null;
        var converted = obj.Object.DeepClone().AsObject();
        from.StoredAs?.ToStored(converted);
        to.StoredAs?.FromStored(converted, to);
        return new(converted, to.Schema, apiVersion);
    }
}

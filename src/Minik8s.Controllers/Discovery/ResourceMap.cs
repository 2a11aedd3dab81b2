using Minik8s.Client;

namespace Minik8s.Controllers.Discovery;

/// <summary>From the kind that a reference names to the resource where such objects are found. Replaced as a whole by each discovery.</summary>
internal sealed class ResourceMap
{
    private volatile Dictionary<(string ApiVersion, string Kind), ResourceNames> _known = [];

    public void Replace(IEnumerable<ApiResource> resources)
    {
        var known = new Dictionary<(string, string), ResourceNames>();
        foreach (var resource in resources) known.TryAdd((resource.Names.ApiVersion, resource.Names.Kind), resource.Names);
        _known = known;
    }

    public ResourceNames? Find(string apiVersion, string kind) => _known.GetValueOrDefault((apiVersion, kind));
}

using Minik8s.Api.Identity;
using Minik8s.ApiServer.Authorization.Node;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Authorization;

/// <summary>The authorizers of a server, fed by its caches.</summary>
internal sealed class AccessControl
{
    private AccessControl(IAuthorizer authorizer, IRuleResolver rules, RbacIndex index)
    {
        Authorizer = authorizer;
        Rules = rules;
        Index = index;
    }

    /// <summary>All of them in their order.</summary>
    public IAuthorizer Authorizer { get; }

    /// <summary>Enumerates rights.</summary>
    public IRuleResolver Rules { get; }

    public RbacIndex Index { get; }

    /// <param name="cacheOf">Finds the cache of a resource.</param>
    public static AccessControl Over(Func<GroupResource, ResourceCache> cacheOf)
    {
        var index = new RbacIndex();
        foreach (var plural in new[] { "roles", "clusterroles" }) cacheOf(new("rbac.authorization.k8s.io", plural)).Observe(index.RoleChanged);
        foreach (var plural in new[] { "rolebindings", "clusterrolebindings" }) cacheOf(new("rbac.authorization.k8s.io", plural)).Observe(index.BindingChanged);
        var graph = new NodeGraph();
        cacheOf(new("", "pods")).Observe(graph.PodChanged);
        cacheOf(new("", "persistentvolumes")).Observe(graph.VolumeChanged);
        cacheOf(new("storage.k8s.io", "volumeattachments")).Observe(graph.AttachmentChanged);
        var rbac = new RbacAuthorizer(index);
        var nodes = new NodeAuthorizer(graph, DefaultPolicy.RulesOf("system:node"));
        return new(new AuthorizerChain(new MastersAuthorizer(), nodes, rbac), new RuleResolvers(nodes, rbac), index);
    }
}

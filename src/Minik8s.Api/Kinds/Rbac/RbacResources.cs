using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Rbac;

/// <summary>The kinds of <c>rbac.authorization.k8s.io</c>.</summary>
internal static class RbacResources
{
    internal const string Group = "rbac.authorization.k8s.io";

    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define(Group, "v1", "ClusterRoleBinding", "clusterrolebindings", new RoleBindingStrategy(namespaced: false), RbacPrinters.Binding, namespaced: false),
        Define(Group, "v1", "ClusterRole", "clusterroles", new RoleStrategy(namespaced: false), TablePrinter.Default, namespaced: false),
        Define(Group, "v1", "RoleBinding", "rolebindings", new RoleBindingStrategy(namespaced: true), RbacPrinters.Binding),
        Define(Group, "v1", "Role", "roles", new RoleStrategy(namespaced: true), TablePrinter.Default),
    ];
}

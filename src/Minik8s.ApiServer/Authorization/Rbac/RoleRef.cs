namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>The role that a binding grants.</summary>
/// <param name="Kind"><c>Role</c> or <c>ClusterRole</c>.</param>
/// <param name="Name">Its name; a Role is in the binding's own namespace.</param>
public sealed record RoleRef(string Kind, string Name)
{
    public bool IsClusterRole => Kind == "ClusterRole";
}

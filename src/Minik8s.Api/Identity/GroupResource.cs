namespace Minik8s.Api.Identity;

/// <summary>Names a resource regardless of version: API group (empty for core) and lower-case plural.</summary>
public readonly record struct GroupResource(string Group, string Resource)
{
    /// <summary>As Kubernetes prints it in messages: <c>pods</c> or <c>deployments.apps</c>.</summary>
    public override string ToString() => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}

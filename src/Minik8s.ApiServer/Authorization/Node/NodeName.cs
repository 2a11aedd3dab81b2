using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Authorization.Node;

/// <summary>Tells nodes among users: <c>system:node:NAME</c> of the group <c>system:nodes</c>.</summary>
internal static class NodeName
{
    private const string Prefix = "system:node:";
    private const string Group = "system:nodes";

    /// <summary>Whether a user is a node, and which one; the name is empty for a user who claims to be one without saying which.</summary>
    public static bool TryRead(UserInfo user, out string name)
    {
        name = "";
        if (!user.Name.StartsWith(Prefix, StringComparison.Ordinal) || !user.Groups.Contains(Group)) return false;
        name = user.Name[Prefix.Length..];
        return true;
    }
}

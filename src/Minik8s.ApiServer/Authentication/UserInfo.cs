namespace Minik8s.ApiServer.Authentication;

/// <summary>Who makes a request.</summary>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>The group of those who may do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>The group of everybody who has shown credentials.</summary>
    public const string AllAuthenticated = "system:authenticated";

    /// <summary>The group of everybody who has not.</summary>
    public const string AllUnauthenticated = "system:unauthenticated";

    private static readonly Dictionary<string, IReadOnlyList<string>> NoExtra = [];

    /// <summary>Tells one bearer of the name from another (a ServiceAccount's uid); empty where nobody knows.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else the authenticator knows, by lower-case key.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = NoExtra;

    /// <summary>Somebody who has shown no credentials.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", [AllUnauthenticated]);

    /// <summary>The server itself, when it writes for its own purposes.</summary>
    public static UserInfo Server { get; } = new("system:apiserver", [Masters, AllAuthenticated]);

    /// <summary>As Kubernetes' messages show a user in a denial of rights.</summary>
    public override string ToString() => Name;
}

namespace Minik8s.ApiServer.Authentication;

/// <summary>The names under which ServiceAccounts and their groups appear as users.</summary>
public static class ServiceAccountName
{
    public const string AllAccounts = "system:serviceaccounts";

    private const string Prefix = "system:serviceaccount:";

    public static string Of(string ns, string name) => $"{Prefix}{ns}:{name}";

    /// <summary>The groups of an account: all accounts, and those of its namespace.</summary>
    public static string[] GroupsOf(string ns) => [AllAccounts, $"{AllAccounts}:{ns}"];

    /// <summary>Takes a user's name apart; false when it is not that of a ServiceAccount.</summary>
    public static bool TryParse(string user, out string ns, out string name)
    {
        (ns, name) = ("", "");
        if (!user.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var parts = user[Prefix.Length..].Split(':');
        if (parts is not [{ Length: > 0 }, { Length: > 0 }]) return false;
        (ns, name) = (parts[0], parts[1]);
        return true;
    }
}

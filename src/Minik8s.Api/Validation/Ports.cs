namespace Minik8s.Api.Validation;

/// <summary>Checks of port numbers and names; each returns the reasons why one is bad, in the words of Kubernetes' <c>util/validation</c>.</summary>
public static class Ports
{
    public static IEnumerable<string> Number(long port)
    {
        if (port is < 1 or > 65535) yield return "must be between 1 and 65535, inclusive";
    }

    /// <summary>An IANA service name: at most 15 lower-case letters, digits and single hyphens, with a letter.</summary>
    public static IEnumerable<string> Name(string name)
    {
        if (name.Length > 15) yield return "must be no more than 15 characters";
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')) yield return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.Any(char.IsAsciiLetterLower)) yield return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal)) yield return "must not contain consecutive hyphens";
        if (name.StartsWith('-') || name.EndsWith('-')) yield return "must not begin or end with a hyphen";
    }
}

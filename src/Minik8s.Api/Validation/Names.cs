using System.Text.RegularExpressions;

namespace Minik8s.Api.Validation;

/// <summary>Checks of names; each returns the reasons why a name is bad, in the words of Kubernetes' <c>util/validation</c>.</summary>
public static partial class Names
{
    /// <summary>A DNS-1123 subdomain of at most 253 characters. A <paramref name="prefix"/> (generateName) may end in '-'.</summary>
    public static IEnumerable<string> DnsSubdomain(string name, bool prefix = false)
    {
        if (prefix && name.EndsWith('-')) name = name[..^1] + "a";
        if (name.Length > 253) yield return "must be no more than 253 characters";
        if (!Subdomain().IsMatch(name))
        {
            yield return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
                + "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
        }
    }

    /// <summary>A DNS-1123 label of at most 63 characters.</summary>
    public static IEnumerable<string> DnsLabel(string name, bool prefix = false)
    {
        if (prefix && name.EndsWith('-')) name = name[..^1] + "a";
        if (name.Length > 63) yield return "must be no more than 63 characters";
        if (!Label().IsMatch(name))
        {
            yield return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
                + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
        }
    }

    /// <summary>A DNS-1035 label: as a DNS-1123 label, but it begins with a letter. Services are named so.</summary>
    public static IEnumerable<string> Dns1035Label(string name, bool prefix = false)
    {
        if (prefix && name.EndsWith('-')) name = name[..^1] + "a";
        if (name.Length > 63) yield return "must be no more than 63 characters";
        if (!Label1035().IsMatch(name))
        {
            yield return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character "
                + "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
        }
    }

    /// <summary>A wildcard subdomain: <c>*.example.com</c>.</summary>
    public static IEnumerable<string> WildcardSubdomain(string name)
    {
        if (name.Length > 253) yield return "must be no more than 253 characters";
        if (!name.StartsWith("*.", StringComparison.Ordinal) || !Subdomain().IsMatch(name[2..]))
        {
            yield return "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' "
                + "and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
        }
    }

    /// <summary>What can stand between two slashes of a path, which is all that some kinds ask of their names.</summary>
    public static IEnumerable<string> PathSegment(string name)
    {
        if (name is "." or "..")
        {
            yield return $"may not be '{name}'";
            yield break;
        }

        foreach (var part in new[] { "/", "%" })
        {
            if (name.Contains(part)) yield return $"may not contain '{part}'";
        }

        // Kubernetes lets it pass; the keys of the store cannot hold it.
        if (name.Contains('\0')) yield return "may not contain a zero character";
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label1035();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Subdomain();
}

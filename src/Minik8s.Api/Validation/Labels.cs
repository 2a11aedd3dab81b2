using System.Text.RegularExpressions;

namespace Minik8s.Api.Validation;

/// <summary>Checks of label keys and values; each returns the reasons why one is bad, in the words of Kubernetes' <c>util/validation</c>.</summary>
public static partial class Labels
{
    private const string NameForm = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    /// <summary>A qualified name: an optional DNS subdomain and a slash, then a name of at most 63 characters.</summary>
    public static IEnumerable<string> Key(string key)
    {
        var slash = key.IndexOf('/');
        var name = key[(slash + 1)..];
        if (name.Contains('/'))
        {
            yield return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
                + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') "
                + "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }

        if (slash == 0) yield return "prefix part must be non-empty";
        if (slash > 0)
        {
            foreach (var reason in Names.DnsSubdomain(key[..slash])) yield return "prefix part " + reason;
        }

        if (name.Length == 0) yield return "name part must be non-empty";
        if (name.Length > 63) yield return "name part must be no more than 63 characters";
        if (!Name().IsMatch(name)) yield return NameForm;
    }

    /// <summary>Empty, or a name of at most 63 characters.</summary>
    public static IEnumerable<string> Value(string value)
    {
        if (value.Length > 63) yield return "must be no more than 63 characters";
        if (value.Length > 0 && !Name().IsMatch(value))
        {
            yield return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
                + "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        }
    }

    [GeneratedRegex("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}

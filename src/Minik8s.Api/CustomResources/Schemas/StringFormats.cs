using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>The string formats that Kubernetes checks in custom resources (kube-openapi's <c>strfmt</c>); any other name demands nothing.</summary>
internal static partial class StringFormats
{
    private static readonly Dictionary<string, Func<string, bool>> Checks = new(StringComparer.Ordinal)
    {
        ["bsonobjectid"] = t => t.Length == 24 && t.All(char.IsAsciiHexDigit),
        ["uri"] = t => Uri.TryCreate(t, UriKind.Absolute, out _) || (t.StartsWith('/') && Uri.TryCreate(t, UriKind.Relative, out _)),
        ["email"] = t => System.Net.Mail.MailAddress.TryCreate(t, out var address) && address.Address == t,
        ["hostname"] = t => t.Length is > 0 and <= 255 && Hostname().IsMatch(t),
        ["ipv4"] = t => IPAddress.TryParse(t, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork && t.Count(c => c == '.') == 3,
        ["ipv6"] = t => IPAddress.TryParse(t, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 && !t.Contains('%') && !t.StartsWith('['),
        ["cidr"] = IsCidr,
        ["mac"] = t => Mac().IsMatch(t),
        ["uuid"] = t => Uuid().IsMatch(t),
        ["uuid3"] = t => Uuid().IsMatch(t) && Digit(t, 12) == '3',
        ["uuid4"] = t => Uuid().IsMatch(t) && Digit(t, 12) == '4' && Digit(t, 16) is '8' or '9' or 'a' or 'b' or 'A' or 'B',
        ["uuid5"] = t => Uuid().IsMatch(t) && Digit(t, 12) == '5' && Digit(t, 16) is '8' or '9' or 'a' or 'b' or 'A' or 'B',
        ["ssn"] = t => Ssn().IsMatch(t),
        ["hexcolor"] = t => HexColor().IsMatch(t),
        ["rgbcolor"] = t => RgbColor().IsMatch(t),
        ["byte"] = t => Base64.IsValid(t) && !t.AsSpan().ContainsAny(' ', '\t'),
        ["date"] = t => DateOnly.TryParseExact(t, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        ["date-time"] = IsTime,
        ["datetime"] = IsTime,
        ["duration"] = t => GoDuration().IsMatch(t) || WordDuration().IsMatch(t),
        ["isbn10"] = t => IsIsbn(t, 10),
        ["isbn13"] = t => IsIsbn(t, 13),
        ["isbn"] = t => IsIsbn(t, 10) || IsIsbn(t, 13),
        ["creditcard"] = IsCreditCard,
        ["k8s-short-name"] = t => !Names.DnsLabel(t).Any(),
        ["k8s-long-name"] = t => !Names.DnsSubdomain(t).Any(),
    };

    public static bool Matches(string format, string text) => !Checks.TryGetValue(format, out var check) || check(text);

    private static bool IsTime(string text) =>
        Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text.Replace(' ', 'T'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static bool IsCidr(string text)
    {
        var slash = text.IndexOf('/');
        return slash > 0 && IPAddress.TryParse(text.AsSpan(0, slash), out var ip) && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            && bits <= (ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    private static char Digit(string uuid, int index) => uuid.Where(c => c != '-').ElementAt(index);

    private static bool IsIsbn(string text, int length)
    {
        var digits = text.Where(c => c is not ('-' or ' ')).ToArray();
        if (digits.Length != length) return false;
        var sum = 0;
        for (var i = 0; i < length; i++)
        {
            var value = digits[i] == 'X' && length == 10 && i == 9 ? 10 : char.IsAsciiDigit(digits[i]) ? digits[i] - '0' : -1;
            if (value < 0) return false;
            sum += value * (length == 10 ? 10 - i : i % 2 == 0 ? 1 : 3);
        }

        return sum % (length == 10 ? 11 : 10) == 0;
    }

    private static bool IsCreditCard(string text)
    {
        var digits = text.Where(char.IsAsciiDigit).Select(c => c - '0').Reverse().ToArray();
        return digits.Length is >= 12 and <= 19 && digits.Select((d, i) => i % 2 == 0 ? d : d * 2 > 9 ? (d * 2) - 9 : d * 2).Sum() % 10 == 0;
    }

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hostname();

    [GeneratedRegex(@"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\z|^([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}\z|^([0-9A-Fa-f]{2}[:-]){7}[0-9A-Fa-f]{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Mac();

    [GeneratedRegex(@"^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Uuid();

    [GeneratedRegex(@"^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ssn();

    [GeneratedRegex(@"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\z", RegexOptions.CultureInvariant)]
    private static partial Regex HexColor();

    [GeneratedRegex(@"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)\z", RegexOptions.CultureInvariant)]
    private static partial Regex RgbColor();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"^[+-]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex GoDuration();

    [GeneratedRegex(@"^([0-9]+\s*(nanoseconds?|nanos?|ns|microseconds?|micros?|us|milliseconds?|millis?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)\s*)+\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex WordDuration();
}

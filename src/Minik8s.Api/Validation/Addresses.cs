using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Minik8s.Api.Validation;

/// <summary>Checks of IP addresses and networks; each returns the reasons why one is bad, in the words of Kubernetes' <c>util/validation</c>.</summary>
public static class Addresses
{
    /// <summary>
    /// Reads an address as Kubernetes does: four decimal numbers (leading zeros are tolerated), or IPv6 without a zone. The platform's own parser would
    /// also take <c>1</c> and <c>0x7f.1</c>.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.Contains(':')) return !text.AsSpan().ContainsAny('%', '[', ']') && !text.Contains('/') && IPAddress.TryParse(text, out address);
        var parts = text.Split('.');
        if (parts.Length != 4) return false;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < 4; i++)
        {
            if (parts[i].Length is 0 or > 3 || !byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i])) return false;
        }

        address = new IPAddress(bytes);
        return true;
    }

    /// <summary>Reads <c>address/bits</c>; host bits may be set.</summary>
    public static bool TryParseNetwork(string text, [NotNullWhen(true)] out IPAddress? address, out int bits)
    {
        bits = 0;
        address = null;
        var slash = text.IndexOf('/');
        if (slash < 0 || !TryParse(text[..slash], out address)) return false;
        return int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    public static bool IsIPv6(string text) => text.Contains(':') && TryParse(text, out _);

    public static IEnumerable<string> Ip(string text)
    {
        if (!TryParse(text, out _)) yield return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    }

    public static IEnumerable<string> Network(string text)
    {
        if (!TryParseNetwork(text, out _, out _)) yield return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    }

    /// <summary>An address that others can be sent to: not unspecified, loopback or link-local.</summary>
    public static IEnumerable<string> NonSpecial(string text)
    {
        if (!TryParse(text, out var address))
        {
            yield return "must be a valid IP address";
            yield break;
        }

        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) yield return $"may not be unspecified ({text})";
        if (IPAddress.IsLoopback(address)) yield return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
        var bytes = address.GetAddressBytes();
        var four = bytes.Length == 4;
        if (four ? bytes is [169, 254, ..] : address.IsIPv6LinkLocal) yield return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
        if (four ? bytes is [224, 0, 0, _] : bytes[0] == 0xff && (bytes[1] & 0x0f) == 2) yield return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
    }

    /// <summary>Whether a network lies within another and is smaller.</summary>
    public static bool IsStrictSubset(IPAddress inner, int innerBits, IPAddress outer, int outerBits) =>
        inner.AddressFamily == outer.AddressFamily && innerBits > outerBits && Masked(inner, outerBits).Equals(Masked(outer, outerBits));

    /// <summary>The address of the network that an address lies in: all bits after the first <paramref name="bits"/> are zero.</summary>
    public static IPAddress Masked(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xff00 >> Math.Clamp(bits - (8 * i), 0, 8));
        return new IPAddress(bytes);
    }
}

using System.Text;
using Microsoft.AspNetCore.Http;

namespace Minik8s.ApiServer.Http;

/// <summary>
/// The warnings of one answer, as <c>Warning</c> headers with code 299 (RFC 7234, KEP-1693). Their number and length are bounded, since a client's whole request
/// may be one mistake.
/// </summary>
internal sealed class WarningHeader(HttpContext context)
{
    private const int MaxCount = 50;
    private const int MaxLength = 4 * 1024;

    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private int _length;

    public void Add(string warning)
    {
        if (_given.Count == MaxCount || _length + warning.Length > MaxLength || !_given.Add(warning)) return;
        _length += warning.Length;
        context.Response.Headers.Append("Warning", Encode(warning));
    }

    private static string Encode(string warning)
    {
        var text = new StringBuilder("299 - \"", warning.Length + 16);
        foreach (var rune in warning.EnumerateRunes())
        {
            // No control character may stand in a header.
            if (Rune.IsControl(rune))
            {
                text.Append(' ');
                continue;
            }

            if (rune.Value is '"' or '\\') text.Append('\\');
            text.Append(rune.ToString());
        }

        return text.Append('"').ToString();
    }
}

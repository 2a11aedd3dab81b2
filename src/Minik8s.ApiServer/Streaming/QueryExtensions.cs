using System.Globalization;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Reads query parameters as Kubernetes' conversion does.</summary>
internal static class QueryExtensions
{
    /// <summary>Present and neither <c>false</c> nor <c>0</c> is true.</summary>
    public static bool Flag(this IQueryCollection query, string name) =>
        query.TryGetValue(name, out var values) && values.Count > 0 && values[0] is var value && value != "0" && !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase);

    /// <summary>A whole number; null when absent.</summary>
    /// <exception cref="StatusException">400: it is none.</exception>
    public static long? Number(this IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values) || values.Count == 0) return null;
        var text = values[0] ?? "";
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        var why = text.Length > 0 && text.AsSpan(text[0] is '-' or '+' ? 1 : 0) is { Length: > 0 } digits && !digits.ContainsAnyExceptInRange('0', '9') ? "value out of range" : "invalid syntax";
        throw StatusErrors.BadRequest($"strconv.ParseInt: parsing \"{text}\": {why}");
    }
}

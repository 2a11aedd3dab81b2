using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>Numbers in decoded objects, which may be whole or not.</summary>
internal static class JsonNumbers
{
    public static double? Double(JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number) return null;
        if (node.Number() is { } whole) return whole;
        return value.TryGetValue<double>(out var number) ? number : double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the value is a number without a fraction, such as 1 or 1.0.</summary>
    public static bool IsWhole(JsonNode? node) => node.Number() is not null || (Double(node) is { } number && Math.Floor(number) == number && Math.Abs(number) <= 9007199254740992);

    /// <summary>A number as Go prints it with <c>%v</c>.</summary>
    public static string Print(double number) => Math.Abs(number) is >= 1e21 or (> 0 and < 1e-4)
        ? number.ToString("0.###############e+00", CultureInfo.InvariantCulture)
        : number.ToString("0.################", CultureInfo.InvariantCulture);

    /// <summary>Whether two JSON values are equal, where numbers are compared as numbers.</summary>
    public static bool Same(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a, b) || (Double(a) is { } left && Double(b) is { } right && left == right);
}

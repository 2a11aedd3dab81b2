using System.Globalization;

namespace Minik8s.Controllers.Workloads;

/// <summary>Numbers that may be given as a share of a whole.</summary>
internal static class IntOrPercent
{
    /// <summary>A number, or a percentage of <paramref name="total"/>.</summary>
    public static int Scale(string? value, int total, bool up)
    {
        if (string.IsNullOrEmpty(value)) return 0;
        if (!value.EndsWith('%')) return int.Parse(value, CultureInfo.InvariantCulture);
        var share = int.Parse(value.AsSpan(0, value.Length - 1), CultureInfo.InvariantCulture) * (long)total;
        return (int)((share + (up ? 99 : 0)) / 100);
    }
}

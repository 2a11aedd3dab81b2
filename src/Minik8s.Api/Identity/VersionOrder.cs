namespace Minik8s.Api.Identity;

/// <summary>
/// Kubernetes' order of API versions, most stable first: <c>v2, v1, v1beta2, v1beta1, v1alpha1</c>, then everything else by its letters
/// (apimachinery's <c>CompareKubeAwareVersionStrings</c>).
/// </summary>
public sealed class VersionOrder : IComparer<string>
{
    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        if (x == y) return 0;
        var (a, b) = (Parse(x ?? ""), Parse(y ?? ""));
        if (a is null && b is null) return string.CompareOrdinal(x, y);
        if (a is null) return 1;
        if (b is null) return -1;
        return -(a.Value.Stability, a.Value.Major, a.Value.Minor).CompareTo((b.Value.Stability, b.Value.Major, b.Value.Minor));
    }

    /// <summary><c>v</c>, a number, and possibly <c>alpha</c> or <c>beta</c> with another number.</summary>
    private static (int Stability, long Major, long Minor)? Parse(string version)
    {
        if (version.Length < 2 || version[0] != 'v') return null;
        var rest = version.AsSpan(1);
        if (TakeNumber(ref rest) is not { } major) return null;
        if (rest.IsEmpty) return (2, major, 0);
        int stability;
        if (rest.StartsWith("alpha")) stability = 0;
        else if (rest.StartsWith("beta")) stability = 1;
        else return null;
        rest = rest[(stability == 0 ? "alpha" : "beta").Length..];
        return TakeNumber(ref rest) is { } minor && rest.IsEmpty ? (stability, major, minor) : null;
    }

    private static long? TakeNumber(ref ReadOnlySpan<char> text)
    {
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0) digits = text.Length;
        if (digits is 0 or > 18) return null;
        var number = long.Parse(text[..digits], System.Globalization.CultureInfo.InvariantCulture);
        text = text[digits..];
        return number;
    }
}

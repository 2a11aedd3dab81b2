namespace Minik8s.Store;

/// <summary>The order of keys: by the bytes of their UTF-8 form, which differs from .NET's ordinal order of UTF-16 units beyond U+D7FF.</summary>
internal static class KeyOrder
{
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length - right.Length;
        int a = left[common], b = right[common];
        return a >= 0xD800 && b >= 0xD800 ? Rank(a) - Rank(b) : a - b;
    }

    public static bool Contains(string start, string end, string key) => Compare(key, start) >= 0 && Compare(key, end) < 0;

    // Surrogates stand for code points above every other, so they rank after U+E000..U+FFFF.
    private static int Rank(int unit) => unit >= 0xE000 ? unit - 0x800 : unit + 0x2000;
}

namespace Minik8s.Store;

/// <summary>Helpers for key ranges.</summary>
public static class KeyRange
{
    /// <summary>The first key after every key that starts with <paramref name="prefix"/> (ASCII prefixes; registry prefixes end with '/').</summary>
    public static string PrefixEnd(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return string.Concat(prefix.AsSpan(0, prefix.Length - 1), ((char)(prefix[^1] + 1)).ToString());
    }
}

namespace Minik8s.ApiServer.Watch;

/// <summary>
/// Shares equal short texts, such as label values and node names, which thousands of objects repeat. A fixed number of them: what clients send cannot make it grow.
/// </summary>
internal static class TextPool
{
    private const int Size = 1 << 13;
    private static readonly string?[] Slots = new string?[Size];

    /// <summary>The text, or an equal one that was here before.</summary>
    public static string Share(string text)
    {
        // Two threads may overwrite each other's entry: then a text is kept twice, which harms nobody.
        ref var slot = ref Slots[string.GetHashCode(text) & (Size - 1)];
        if (slot is { } known && known == text) return known;
        slot = text;
        return text;
    }
}

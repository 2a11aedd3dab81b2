using System.Text;

namespace Minik8s.Store;

/// <summary>What every engine demands of a write, so that a key that one takes is taken by the other.</summary>
internal static class StoreKeys
{
    private const int MaxKeyBytes = 2048;

    // Keeps the sum with the present time representable.
    private static readonly TimeSpan MaxTimeToLive = TimeSpan.FromDays(100 * 365);
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The key of a request in UTF-8.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long or no text, or the time to live is not positive.</exception>
    public static byte[] Checked(WriteRequest request)
    {
        ArgumentException.ThrowIfNullOrEmpty(request.Key, nameof(request));
        if (request.Key.Contains('\0')) throw new ArgumentException("a key must not contain a zero character", nameof(request));
        var key = StrictUtf8.GetBytes(request.Key);
        if (key.Length > MaxKeyBytes) throw new ArgumentException($"a key must not be longer than {MaxKeyBytes} bytes", nameof(request));
        if (request.TimeToLive is { } life && (life <= TimeSpan.Zero || life > MaxTimeToLive))
        {
            throw new ArgumentOutOfRangeException(nameof(request), life, "the time to live must be positive and at most a hundred years");
        }

        return key;
    }
}

using System.Security.Cryptography;

namespace Minik8s.ApiServer.Services;

/// <summary>
/// A range of offsets, from which values are drawn at random. The lowest are left for those who ask for a certain value and are drawn last, so that
/// random choices seldom stand in their way (KEP-3070, KEP-3668).
/// </summary>
/// <param name="First">The first offset that may be given.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Band">How many of the lowest are drawn last.</param>
public readonly record struct AllocationRange(int First, int Count, int Band)
{
    private const int Probes = 16;

    /// <summary>The band of a range of addresses: a sixteenth, from 16 to 256; none in a tiny range.</summary>
    public static int AddressBand(int count) => count <= 16 ? 0 : Math.Clamp(count / 16, 16, 256);

    /// <summary>The band of a range of ports: a thirty-second, from 16 to 128; none in a tiny range.</summary>
    public static int PortBand(int count) => count <= 16 ? 0 : Math.Clamp(count / 32, 16, 128);

    /// <summary>Draws offsets until one is accepted; null when none is.</summary>
    public int? Draw(Func<int, bool> accept) => DrawFrom(First + Band, Count - Band, accept) ?? DrawFrom(First, Band, accept);

    private static int? DrawFrom(int first, int count, Func<int, bool> accept)
    {
        if (count <= 0) return null;
        for (var i = 0; i < Math.Min(Probes, count); i++)
        {
            var offset = first + RandomNumberGenerator.GetInt32(count);
            if (accept(offset)) return offset;
        }

        // It is crowded: one after the other, from a random place.
        var start = RandomNumberGenerator.GetInt32(count);
        for (var i = 0; i < count; i++)
        {
            var offset = first + ((start + i) % count);
            if (accept(offset)) return offset;
        }

        return null;
    }
}

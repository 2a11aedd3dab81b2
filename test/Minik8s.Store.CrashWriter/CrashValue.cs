using System.Buffers.Binary;

namespace Minik8s.Store.CrashWriter;

/// <summary>Values that tell who wrote them and whether they are whole: a number, then bytes that follow from it.</summary>
public static class CrashValue
{
    private const int NumberSize = sizeof(long);

    /// <summary>The value for a number; its length, of up to three pages, follows from the number too.</summary>
    public static byte[] Make(long number)
    {
        var value = new byte[NumberSize + (int)(number * 7919 % 12_000)];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        new Random((int)(number % int.MaxValue)).NextBytes(value.AsSpan(NumberSize));
        return value;
    }

    /// <summary>The number of a value, which must be whole.</summary>
    /// <exception cref="InvalidDataException">The value is torn.</exception>
    public static long Read(ReadOnlySpan<byte> value)
    {
        if (value.Length < NumberSize) throw new InvalidDataException($"a value of {value.Length} bytes");
        var number = BinaryPrimitives.ReadInt64LittleEndian(value);
        return value.SequenceEqual(Make(number)) ? number : throw new InvalidDataException($"the value of {number} is torn");
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// A scalar of JSON as structured-merge-diff compares it: numbers by value (before all else), then strings by their bytes, then booleans.
/// </summary>
public readonly struct JsonScalar : IEquatable<JsonScalar>, IComparable<JsonScalar>
{
    private enum Rank : byte
    {
        Integer,
        Real,
        Text,
        Flag,
        Null,
    }

    private readonly Rank _rank;
    private readonly long _bits;
    private readonly string? _text;

    private JsonScalar(Rank rank, long bits, string? text)
    {
        _rank = rank;
        _bits = bits;
        _text = text;
    }

    public static JsonScalar Of(string text) => new(Rank.Text, 0, text);

    public static JsonScalar Of(long number) => new(Rank.Integer, number, null);

    /// <summary>The scalar of a node; false for objects and lists.</summary>
    public static bool TryRead(JsonNode? node, out JsonScalar scalar)
    {
        scalar = new(Rank.Null, 0, null);
        if (node is null) return true;
        if (node is not JsonValue value) return false;
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                scalar = Of(value.GetValue<string>());
                return true;
            case JsonValueKind.True or JsonValueKind.False:
                scalar = new(Rank.Flag, value.GetValue<bool>() ? 1 : 0, null);
                return true;
            case JsonValueKind.Number:
                scalar = Number(value);
                return true;
            default:
                return value.GetValueKind() == JsonValueKind.Null;
        }
    }

    public bool IsNull => _rank == Rank.Null;

    public JsonNode? ToNode() => _rank switch
    {
        Rank.Integer => JsonValue.Create(_bits),
        Rank.Real => JsonValue.Create(BitConverter.Int64BitsToDouble(_bits)),
        Rank.Text => JsonValue.Create(_text),
        Rank.Flag => JsonValue.Create(_bits != 0),
        _ => null,
    };

    /// <summary>As it stands in JSON.</summary>
    public override string ToString() => _rank switch
    {
        Rank.Integer => _bits.ToString(CultureInfo.InvariantCulture),
        Rank.Real => BitConverter.Int64BitsToDouble(_bits).ToString("R", CultureInfo.InvariantCulture),
        Rank.Text => Quote(_text!),
        Rank.Flag => _bits != 0 ? "true" : "false",
        _ => "null",
    };

    public int CompareTo(JsonScalar other)
    {
        var (a, b) = (Class(_rank), Class(other._rank));
        if (a != b) return a.CompareTo(b);
        if (_rank == Rank.Text) return string.CompareOrdinal(_text, other._text);
        if (_rank == Rank.Real || other._rank == Rank.Real) return AsDouble().CompareTo(other.AsDouble());
        return _bits.CompareTo(other._bits);
    }

    public bool Equals(JsonScalar other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is JsonScalar other && Equals(other);

    public override int GetHashCode() => _rank switch
    {
        Rank.Text => _text!.GetHashCode(StringComparison.Ordinal),
        Rank.Integer or Rank.Real => AsDouble().GetHashCode(),
        _ => HashCode.Combine(_rank, _bits),
    };

    public static bool operator ==(JsonScalar left, JsonScalar right) => left.Equals(right);

    public static bool operator !=(JsonScalar left, JsonScalar right) => !left.Equals(right);

    private static int Class(Rank rank) => rank == Rank.Real ? 0 : (int)rank;

    private static JsonScalar Number(JsonValue value)
    {
        if (value.TryGetValue<int>(out var small)) return Of(small);
        if (value.TryGetValue<long>(out var large)) return Of(large);
        if (!value.TryGetValue<double>(out var real)) real = (double)value.GetValue<decimal>();
        return real == Math.Floor(real) && Math.Abs(real) < 1L << 53 ? Of((long)real) : new(Rank.Real, BitConverter.DoubleToInt64Bits(real), null);
    }

    private static string Quote(string text) => JsonText.Quote(text);

    private double AsDouble() => _rank == Rank.Real ? BitConverter.Int64BitsToDouble(_bits) : _bits;
}

using System.Globalization;

namespace Minik8s.Api.Quantities;

/// <summary>How a quantity is written: <c>1500m</c>, <c>2Gi</c> or <c>1e3</c>.</summary>
public enum QuantityFormat
{
    DecimalSI,
    BinarySI,
    DecimalExponent,
}

/// <summary>
/// A resource quantity, exact to 10⁻⁹ (resource.Quantity of Kubernetes' apimachinery): bytes, cores, counts.
/// </summary>
public readonly record struct Quantity(decimal Value, QuantityFormat Format) : IComparable<Quantity>
{
    private const decimal Nano = 0.000000001m;
    private static readonly decimal Largest = long.MaxValue;
    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    public static Quantity Zero { get; } = new(0, QuantityFormat.DecimalSI);

    /// <summary>In thousandths, rounded up: CPU shares are counted so.</summary>
    public long MilliValue => (long)Math.Clamp(decimal.Ceiling(Value * 1000), long.MinValue, long.MaxValue);

    /// <summary>Whole units, rounded up: bytes are counted so.</summary>
    public long WholeValue => (long)Math.Clamp(decimal.Ceiling(Value), long.MinValue, long.MaxValue);

    public static Quantity Parse(string text) => TryParse(text, out var quantity) ? quantity : throw new FormatException(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    public static bool TryParse(string text, out Quantity quantity)
    {
        quantity = default;
        var at = 0;
        if (text.Length > 0 && text[0] is '+' or '-') at++;
        var digits = at;
        var dots = 0;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
        {
            if (text[at] == '.') dots++;
            at++;
        }

        if (at == digits || dots > 1 || at - digits == dots || at - digits > 40) return false;
        if (!decimal.TryParse(text.AsSpan(0, at), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        if (!TrySuffix(text[at..], out var scale, out var format)) return false;
        try
        {
            number *= scale;
        }
        catch (OverflowException)
        {
            number = number < 0 ? -Largest : Largest;
        }

        // More precision than a nano unit is rounded away from zero, more size than 2^63-1 is capped, as Kubernetes does.
        number = Math.Clamp(number, -Largest, Largest);
        var rounded = decimal.Round(number, 9, number < 0 ? MidpointRounding.ToNegativeInfinity : MidpointRounding.ToPositiveInfinity);
        quantity = new Quantity(rounded, format);
        return true;
    }

    public static Quantity operator +(Quantity a, Quantity b) => new(a.Value + b.Value, a.Value == 0 ? b.Format : a.Format);

    public static Quantity operator -(Quantity a, Quantity b) => new(a.Value - b.Value, a.Format);

    public static bool operator <(Quantity a, Quantity b) => a.Value < b.Value;

    public static bool operator >(Quantity a, Quantity b) => a.Value > b.Value;

    public static bool operator <=(Quantity a, Quantity b) => a.Value <= b.Value;

    public static bool operator >=(Quantity a, Quantity b) => a.Value >= b.Value;

    public int CompareTo(Quantity other) => Value.CompareTo(other.Value);

    /// <summary>The canonical form: no fraction, the largest suffix that loses nothing.</summary>
    public override string ToString()
    {
        if (Value == 0) return "0";
        if (Format == QuantityFormat.BinarySI && (Value is <= -1024 or >= 1024))
        {
            var whole = decimal.Ceiling(Value);
            var power = 0;
            while (power < BinarySuffixes.Length - 1 && whole % 1024 == 0)
            {
                whole /= 1024;
                power++;
            }

            return whole.ToString("0", CultureInfo.InvariantCulture) + BinarySuffixes[power];
        }

        var mantissa = Value / Nano;
        var thousands = 0;
        while (thousands < DecimalSuffixes.Length - 1 && mantissa % 1000 == 0)
        {
            mantissa /= 1000;
            thousands++;
        }

        var suffix = Format != QuantityFormat.DecimalExponent ? DecimalSuffixes[thousands]
            : thousands == 3 ? "" : "e" + ((thousands - 3) * 3).ToString(CultureInfo.InvariantCulture);
        return mantissa.ToString("0", CultureInfo.InvariantCulture) + suffix;
    }

    private static bool TrySuffix(string suffix, out decimal scale, out QuantityFormat format)
    {
        format = QuantityFormat.DecimalSI;
        var decimalAt = Array.IndexOf(DecimalSuffixes, suffix);
        if (decimalAt >= 0)
        {
            scale = Power(1000, decimalAt - 3);
            return true;
        }

        var binaryAt = Array.IndexOf(BinarySuffixes, suffix);
        if (binaryAt >= 0)
        {
            format = QuantityFormat.BinarySI;
            scale = Power(1024, binaryAt);
            return true;
        }

        scale = 0;
        if (suffix.Length < 2 || suffix[0] is not ('e' or 'E')) return false;
        if (!int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) || Math.Abs(exponent) > 28) return false;
        format = QuantityFormat.DecimalExponent;
        scale = Power(10, exponent);
        return true;
    }

    private static decimal Power(decimal factor, int power)
    {
        var result = 1m;
        for (var i = 0; i < Math.Abs(power); i++) result = power < 0 ? result / factor : result * factor;
        return result;
    }
}

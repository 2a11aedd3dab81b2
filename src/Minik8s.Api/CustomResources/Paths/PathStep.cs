using System.Globalization;
using System.Text.Json;

namespace Minik8s.Api.CustomResources.Paths;

/// <summary>One step of a path: from an element to those that it leads to.</summary>
internal abstract record PathStep
{
    public abstract IEnumerable<JsonElement> Apply(JsonElement element);
}

/// <summary>A field of an object.</summary>
internal sealed record FieldStep(string Name) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(Name, out var value)) yield return value;
    }
}

/// <summary>Everything in an object or a list.</summary>
internal sealed record WildcardStep : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(p => p.Value),
        JsonValueKind.Array => element.EnumerateArray(),
        _ => [],
    };
}

/// <summary>The element and everything below it.</summary>
internal sealed record DescentStep : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element)
    {
        yield return element;
        foreach (var child in new WildcardStep().Apply(element))
        {
            foreach (var below in Apply(child)) yield return below;
        }
    }
}

/// <summary>Items of a list: one (also counted from the end), or a range with a step.</summary>
internal sealed record SliceStep(int? Start, int? End, int Step, bool Single) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array) yield break;
        var length = element.GetArrayLength();
        var start = Absolute(Start ?? 0, length);
        if (Single)
        {
            if (start >= 0 && start < length) yield return element[start];
            yield break;
        }

        var end = Math.Min(Absolute(End ?? length, length), length);
        for (var i = Math.Max(start, 0); i < end; i += Step) yield return element[i];
    }

    private static int Absolute(int index, int length) => index < 0 ? index + length : index;
}

/// <summary>Several steps side by side.</summary>
internal sealed record UnionStep(IReadOnlyList<PathStep> Steps) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element) => Steps.SelectMany(s => s.Apply(element));
}

/// <summary>The items of a list (or the values of an object) for which a comparison holds.</summary>
internal sealed record FilterStep(FilterOperand Left, string Operator, FilterOperand? Right) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element) => new WildcardStep().Apply(element).Where(Holds);

    private bool Holds(JsonElement item)
    {
        var left = Left.Value(item);
        if (Right is null) return left is not null;
        if (left is null || Right.Value(item) is not { } right) return false;
        var order = double.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && double.TryParse(right, NumberStyles.Float, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : string.CompareOrdinal(left, right);
        return Operator switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }
}

/// <summary>One side of a comparison: a text of its own, or what a path leads to.</summary>
internal sealed record FilterOperand(string? Literal, IReadOnlyList<PathStep>? Path)
{
    public string? Value(JsonElement item)
    {
        if (Path is null) return Literal;
        IEnumerable<JsonElement> found = [item];
        foreach (var step in Path) found = found.SelectMany(step.Apply);
        foreach (var value in found) return value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        return null;
    }
}

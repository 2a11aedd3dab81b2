using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Minik8s.Api.CustomResources.Paths;

/// <summary>One step of a path: from an element to those that it leads to.</summary>
internal abstract record PathStep
{
    public abstract IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget);
}

/// <summary>A field of an object.</summary>
internal sealed record FieldStep(string Name) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget)
    {
        if (element.ValueKind == JsonValueKind.Object && budget.Take(PathBudget.Cost(element.GetPropertyCount())) && element.TryGetProperty(Name, out var value)) yield return value;
    }
}

/// <summary>Everything in an object or a list.</summary>
internal sealed record WildcardStep : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().TakeWhile(_ => budget.Take()).Select(p => p.Value),
        JsonValueKind.Array => element.EnumerateArray().TakeWhile(_ => budget.Take()),
        _ => [],
    };
}

/// <summary>The element and everything below it.</summary>
internal sealed record DescentStep : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget)
    {
        yield return element;
        foreach (var child in new WildcardStep().Apply(element, budget))
        {
            foreach (var below in Apply(child, budget)) yield return below;
        }
    }
}

/// <summary>Items of a list: one (also counted from the end), or a range with a step.</summary>
internal sealed record SliceStep(int? Start, int? End, int Step, bool Single) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget)
    {
        if (element.ValueKind != JsonValueKind.Array || !budget.Take(PathBudget.Cost(Single ? element.GetArrayLength() : 0))) yield break;
        var length = element.GetArrayLength();
        var start = Absolute(Start ?? 0, length);
        if (Single)
        {
            if (start >= 0 && start < length) yield return element[start];
            yield break;
        }

        var end = Math.Min(Absolute(End ?? length, length), length);
        var (at, next) = (0L, (long)Math.Max(start, 0));
        // Not by index: to find an item by its index, those before it are passed each time.
        foreach (var item in element.EnumerateArray())
        {
            if (at >= end || !budget.Take()) yield break;
            if (at++ != next) continue;
            next += Step;
            yield return item;
        }
    }

    private static int Absolute(int index, int length) => index < 0 ? index + length : index;
}

/// <summary>Several steps side by side.</summary>
internal sealed record UnionStep(IReadOnlyList<PathStep> Steps) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget) => Steps.SelectMany(s => s.Apply(element, budget));
}

/// <summary>The items of a list (or the values of an object) for which a comparison holds.</summary>
internal sealed record FilterStep(FilterOperand Left, string Operator, FilterOperand? Right) : PathStep
{
    public override IEnumerable<JsonElement> Apply(JsonElement element, PathBudget budget) => new WildcardStep().Apply(element, budget).Where(item => Holds(item, budget));

    private bool Holds(JsonElement item, PathBudget budget)
    {
        var left = Left.Value(item, budget);
        if (Right is null) return left is not null;
        if (left is null || Right.Value(item, budget) is not { } right) return false;
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
    public string? Value(JsonElement item, PathBudget budget)
    {
        if (Path is null) return Literal;
        foreach (var value in JsonPath.Follow(Path, item, budget))
        {
            if (!budget.Take(PathBudget.Cost(JsonMarshal.GetRawUtf8Value(value).Length))) return null;
            return value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        }

        return null;
    }
}

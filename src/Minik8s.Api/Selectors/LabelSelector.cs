using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Selectors;

/// <summary>A label selector: <c>app=a,tier in (x, y),!legacy</c> in its text form, <c>LabelSelector</c> (meta/v1) in objects. All requirements must hold.</summary>
public sealed class LabelSelector
{
    private readonly Requirement[] _requirements;

    private LabelSelector(Requirement[] requirements) => _requirements = requirements;

    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>Selects nothing: what an absent <c>LabelSelector</c> means.</summary>
    public static LabelSelector Nothing { get; } = new([]);

    public bool IsEverything => _requirements.Length == 0 && !ReferenceEquals(this, Nothing);

    /// <summary>Reads a <c>LabelSelector</c>; one that is not there selects nothing, an empty one everything. False when an operator or a list of values is not valid.</summary>
    public static bool TryOf(JsonObject? selector, out LabelSelector result)
    {
        result = Nothing;
        if (selector is null) return true;
        var requirements = OfLabels(selector.Map("matchLabels"))._requirements.ToList();
        foreach (var item in selector.Items("matchExpressions"))
        {
            string[] values = [.. (item["values"] as JsonArray ?? []).Select(v => v.Text() ?? "")];
            Operator? operation = item.Text("operator") switch
            {
                "In" => Operator.In,
                "NotIn" => Operator.NotIn,
                "Exists" => Operator.Exists,
                "DoesNotExist" => Operator.DoesNotExist,
                _ => null,
            };
            var key = item.Text("key") ?? "";
            var listed = operation is Operator.In or Operator.NotIn;
            if (operation is null || listed != (values.Length > 0)) return false;
            requirements.Add(new(key, operation.Value, values));
        }

        if (requirements.Any(r => Labels.Key(r.Key).Any() || r.Values.Any(v => Labels.Value(v).Any()))) return false;
        result = requirements.Count == 0 ? Everything : new([.. requirements]);
        return true;
    }

    /// <summary>Selects what has all of these labels.</summary>
    public static LabelSelector OfLabels(JsonObject? labels) =>
        labels is not { Count: > 0 } ? Everything : new([.. labels.Select(l => new Requirement(l.Key, Operator.Equal, [l.Value.Text() ?? ""]))]);

    /// <exception cref="StatusException">400 with Kubernetes' explanation.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        var parser = new SelectorParser(text);
        var requirements = new List<Requirement>();
        do
        {
            requirements.Add(ParseRequirement(parser));
        }
        while (parser.TakeComma());
        return new([.. requirements]);
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        if (ReferenceEquals(this, Nothing)) return false;
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels)) return false;
        }

        return true;
    }

    /// <summary>Whether the labels of an object match.</summary>
    public bool Matches(JsonObject? labels) => Matches((labels ?? []).ToDictionary(l => l.Key, l => l.Value.Text() ?? ""));

    /// <summary>The text form, ordered by key.</summary>
    public override string ToString() => string.Join(',', _requirements.OrderBy(r => r.Key, StringComparer.Ordinal));

    private static Requirement ParseRequirement(SelectorParser parser)
    {
        var negated = parser.Take("!");
        var key = parser.Word();
        Check(Labels.Key(key), $"key: Invalid value: \"{key}\": ");
        if (negated) return new(key, Operator.DoesNotExist, []);
        var operation = parser.Operator();
        string[] values = operation switch
        {
            "" => [],
            "in" or "notin" => parser.Values(),
            _ => [parser.Value()],
        };
        foreach (var value in values) Check(Labels.Value(value), $"values[0][{key}]: Invalid value: \"{value}\": ");
        if (operation is "<" or ">" && !long.TryParse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            throw StatusErrors.BadRequest($"unable to parse requirement: values[0]: Invalid value: \"{values[0]}\": for 'Gt', 'Lt' operators, the value must be an integer");
        }

        return new(key, operation switch
        {
            "" => Operator.Exists,
            "=" or "==" => Operator.Equal,
            "in" => Operator.In,
            "!=" or "notin" => Operator.NotIn,
            ">" => Operator.Greater,
            _ => Operator.Less,
        }, values);
    }

    private static void Check(IEnumerable<string> reasons, string where)
    {
        if (reasons.FirstOrDefault() is { } reason) throw StatusErrors.BadRequest($"unable to parse requirement: {where}{reason}");
    }

    private enum Operator
    {
        Equal,
        In,
        NotIn,
        Exists,
        DoesNotExist,
        Greater,
        Less,
    }

    private sealed record Requirement(string Key, Operator Operator, string[] Values)
    {
        public bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            var found = labels.TryGetValue(Key, out var value);
            return Operator switch
            {
                Operator.Equal or Operator.In => found && Values.Contains(value),
                Operator.NotIn => !found || !Values.Contains(value),
                Operator.Exists => found,
                Operator.DoesNotExist => !found,
                _ => found && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    && long.Parse(Values[0], CultureInfo.InvariantCulture) is var bound && (Operator == Operator.Greater ? number > bound : number < bound),
            };
        }

        public override string ToString() => Operator switch
        {
            Operator.Equal => $"{Key}={Values[0]}",
            Operator.In => $"{Key} in ({List})",
            Operator.NotIn => $"{Key} notin ({List})",
            Operator.Exists => Key,
            Operator.DoesNotExist => $"!{Key}",
            _ => $"{Key}{(Operator == Operator.Greater ? '>' : '<')}{Values[0]}",
        };

        private string List => string.Join(',', Values.Order(StringComparer.Ordinal));
    }
}

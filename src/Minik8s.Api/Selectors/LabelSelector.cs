using System.Globalization;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Selectors;

/// <summary>A label selector in its text form: <c>app=a,tier in (x, y),!legacy</c>. All requirements must hold.</summary>
public sealed class LabelSelector
{
    private readonly Requirement[] _requirements;

    private LabelSelector(Requirement[] requirements) => _requirements = requirements;

    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    public bool IsEverything => _requirements.Length == 0;

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
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels)) return false;
        }

        return true;
    }

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
            "=" or "==" or "in" => Operator.In,
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
                Operator.In => found && Values.Contains(value),
                Operator.NotIn => !found || !Values.Contains(value),
                Operator.Exists => found,
                Operator.DoesNotExist => !found,
                _ => found && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    && long.Parse(Values[0], CultureInfo.InvariantCulture) is var bound && (Operator == Operator.Greater ? number > bound : number < bound),
            };
        }
    }
}

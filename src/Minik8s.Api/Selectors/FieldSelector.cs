using Minik8s.Api.Errors;

namespace Minik8s.Api.Selectors;

/// <summary>A field selector: <c>status.phase=Running,spec.nodeName!=a</c>. All terms must hold.</summary>
public sealed class FieldSelector
{
    private FieldSelector(IReadOnlyList<FieldTerm> terms) => Terms = terms;

    public static FieldSelector Everything { get; } = new([]);

    public bool IsEverything => Terms.Count == 0;

    public IReadOnlyList<FieldTerm> Terms { get; }

    /// <exception cref="StatusException">400 when the text is not a field selector.</exception>
    public static FieldSelector Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Everything;
        var terms = new List<FieldTerm>();
        foreach (var part in text.Split(','))
        {
            if (part.Length == 0) continue;
            var (symbol, at) = new[] { "!=", "==", "=" }.Select(s => (s, part.IndexOf(s, StringComparison.Ordinal))).Where(x => x.Item2 >= 0).OrderBy(x => x.Item2).FirstOrDefault();
            if (symbol is null) throw StatusErrors.BadRequest($"invalid selector: '{text}'; can't understand '{part}'");
            terms.Add(new(part[..at], part[(at + symbol.Length)..], symbol != "!="));
        }

        return new(terms);
    }

    /// <summary>Whether the fields satisfy every term; <paramref name="value"/> gives a field's value.</summary>
    public bool Matches(Func<string, string> value)
    {
        foreach (var term in Terms)
        {
            if (value(term.Field) == term.Value != term.Equal) return false;
        }

        return true;
    }
}

/// <summary>One comparison of a field selector.</summary>
public sealed record FieldTerm(string Field, string Value, bool Equal);

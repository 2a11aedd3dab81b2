using Minik8s.Api.Errors;

namespace Minik8s.Api.Selectors;

/// <summary>The tokens of a label selector.</summary>
internal sealed class SelectorParser(string text)
{
    private const string Special = "!=<>(),";
    private int _at;

    public bool Take(string token)
    {
        SkipSpace();
        if (!text.AsSpan(_at).StartsWith(token, StringComparison.Ordinal)) return false;
        _at += token.Length;
        return true;
    }

    public bool TakeComma()
    {
        if (Take(",")) return true;
        SkipSpace();
        return _at == text.Length ? false : throw Unexpected("',' or 'end of string'");
    }

    public string Word()
    {
        var word = Value();
        return word.Length > 0 ? word : throw Unexpected("!, identifier, or 'end of string'");
    }

    /// <summary>A value; empty where the text has none (<c>app=</c>).</summary>
    public string Value()
    {
        SkipSpace();
        var start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && !Special.Contains(text[_at])) _at++;
        return text[start.._at];
    }

    /// <summary>The operator after a key; empty when the key stands alone.</summary>
    public string Operator()
    {
        foreach (var symbol in new[] { "==", "!=", "=", "<", ">" })
        {
            if (Take(symbol)) return symbol;
        }

        SkipSpace();
        if (_at == text.Length || text[_at] == ',') return "";
        var word = Value();
        return word is "in" or "notin" ? word : throw StatusErrors.BadRequest($"unable to parse requirement: found '{word}', expected: in, notin, =, ==, !=, gt, lt");
    }

    /// <summary>A list of values in parentheses.</summary>
    public string[] Values()
    {
        if (!Take("(")) throw Unexpected("'('");
        var values = new List<string>();
        do values.Add(Value());
        while (Take(","));
        return Take(")") ? [.. values] : throw Unexpected("',', or ')'");
    }

    private StatusException Unexpected(string expected)
    {
        SkipSpace();
        var found = _at < text.Length ? text[_at..Math.Min(text.Length, _at + 1)] : "";
        return StatusErrors.BadRequest($"unable to parse requirement: found '{found}', expected: {expected}");
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }
}

using System.Globalization;
using System.Text;

namespace Minik8s.Api.CustomResources.Paths;

/// <summary>Reads the text of a path.</summary>
internal sealed class JsonPathParser(string text)
{
    private const int MaxSteps = 100;

    /// <summary>Filters in filters; what finds by a path calls itself for each.</summary>
    private const int MaxNesting = 10;

    private int _at;
    private int _nesting;

    public IReadOnlyList<PathStep> Parse()
    {
        var steps = new List<PathStep>();
        if (Peek == '$' || Peek == '@') _at++;
        while (_at < text.Length)
        {
            Step(steps);
        }

        return steps;
    }

    private char Peek => _at < text.Length ? text[_at] : '\0';

    private void Step(List<PathStep> steps)
    {
        if (steps.Count > MaxSteps) throw new JsonPathException("path is too long");
        switch (Peek)
        {
            case '.' when _at + 1 < text.Length && text[_at + 1] == '.':
                _at += 2;
                steps.Add(new DescentStep());
                if (Peek is not ('[' or '.')) Field(steps);
                break;
            case '.':
                _at++;
                if (_at < text.Length && Peek != '[') Field(steps);
                break;
            case '[':
                _at++;
                Bracket(steps);
                break;
            default:
                Field(steps);
                break;
        }
    }

    private void Field(List<PathStep> steps)
    {
        if (Peek == '*')
        {
            _at++;
            steps.Add(new WildcardStep());
            return;
        }

        var name = new StringBuilder();
        while (_at < text.Length && Peek is not ('.' or '[' or ' ' or ']' or ')' or '=' or '!' or '<' or '>' or ',' or '{' or '}'))
        {
            if (Peek == '\\' && _at + 1 < text.Length) _at++;
            name.Append(text[_at++]);
        }

        if (name.Length == 0) throw new JsonPathException(_at < text.Length ? $"unrecognized character in action: U+{(int)Peek:X4} '{Peek}'" : "unexpected end of path");
        steps.Add(new FieldStep(name.ToString()));
    }

    private void Bracket(List<PathStep> steps)
    {
        var union = new List<PathStep>();
        do
        {
            if (union.Count > MaxSteps) throw new JsonPathException("path is too long");
            Space();
            union.Add(Peek switch
            {
                '*' => Wildcard(),
                '?' => Filter(),
                '\'' or '"' => new FieldStep(Quoted()),
                _ => Slice(),
            });
            Space();
        }
        while (Take(','));
        if (!Take(']')) throw new JsonPathException("unterminated array");
        steps.Add(union.Count == 1 ? union[0] : new UnionStep(union));
    }

    private WildcardStep Wildcard()
    {
        _at++;
        return new WildcardStep();
    }

    private SliceStep Slice()
    {
        var parts = new List<int?> { Number() };
        while (Take(':')) parts.Add(Number());
        if (parts is [null] || parts.Count > 3) throw new JsonPathException("invalid array index");
        var step = parts.Count == 3 ? parts[2] ?? 1 : 1;
        if (step < 1) throw new JsonPathException("step must be > 0");
        return new SliceStep(parts[0], parts.Count > 1 ? parts[1] : null, step, Single: parts.Count == 1);
    }

    private int? Number()
    {
        Space();
        var start = _at;
        if (Peek == '-') _at++;
        while (char.IsAsciiDigit(Peek)) _at++;
        if (start == _at) return null;
        return int.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new JsonPathException("invalid array index");
    }

    private FilterStep Filter()
    {
        _at++;
        if (!Take('(')) throw new JsonPathException("unterminated filter");
        if (++_nesting > MaxNesting) throw new JsonPathException("filters are nested too deeply");
        var left = Operand();
        Space();
        var operation = new[] { "==", "!=", "<=", ">=", "<", ">" }.FirstOrDefault(o => text.AsSpan(_at).StartsWith(o, StringComparison.Ordinal));
        FilterOperand? right = null;
        if (operation is not null)
        {
            _at += operation.Length;
            right = Operand();
            Space();
        }

        if (!Take(')')) throw new JsonPathException("unterminated filter");
        _nesting--;
        return new FilterStep(left, operation ?? "", right);
    }

    private FilterOperand Operand()
    {
        Space();
        if (Peek is '\'' or '"') return new(Quoted(), null);
        if (Peek is '@' or '.' or '$')
        {
            if (Peek is '@' or '$') _at++;
            var steps = new List<PathStep>();
            while (Peek is '.' or '[') Step(steps);
            return new(null, steps);
        }

        var start = _at;
        while (_at < text.Length && Peek is not (')' or '=' or '!' or '<' or '>' or ' ')) _at++;
        return start == _at ? throw new JsonPathException("invalid filter") : new(text[start.._at], null);
    }

    private string Quoted()
    {
        var quote = text[_at++];
        var value = new StringBuilder();
        while (_at < text.Length && Peek != quote)
        {
            if (Peek == '\\' && _at + 1 < text.Length) _at++;
            value.Append(text[_at++]);
        }

        return Take(quote) ? value.ToString() : throw new JsonPathException("unterminated quoted string");
    }

    private bool Take(char c)
    {
        if (Peek != c || _at >= text.Length) return false;
        _at++;
        return true;
    }

    private void Space()
    {
        while (Peek == ' ') _at++;
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>
/// Makes a matcher of a pattern in RE2's syntax, which is what CRDs use. Matching takes time linear in the text, as RE2's does: what would need more
/// (look-around, back-references) is no pattern there either.
/// </summary>
public static class PatternTranslator
{
    /// <summary>RE2's bound on repetitions, also of nested ones together.</summary>
    private const int MaxRepeat = 1000;

    /// <summary>Characters; the automaton of what is longer would not be made either.</summary>
    private const int MaxLength = 32 * 1024;

    /// <summary>Linear in the text is still long where the pattern's automaton is large and the text too.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z", ["alpha"] = "A-Za-z", ["ascii"] = @"\x00-\x7F", ["blank"] = @"\t ", ["cntrl"] = @"\x00-\x1F\x7F", ["digit"] = "0-9", ["graph"] = "!-~",
        ["lower"] = "a-z", ["print"] = " -~", ["punct"] = @"!-/:-@\[-`{-~", ["space"] = @"\t\n\v\f\r ", ["upper"] = "A-Z", ["word"] = "0-9A-Za-z_", ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>The matcher, which gives up (<see cref="RegexMatchTimeoutException"/>) after two seconds, or the reason why there is none.</summary>
    public static Regex? Compile(string pattern, out string error)
    {
        error = "";
        if (pattern.Length > MaxLength)
        {
            error = "error parsing regexp: expression too large";
            return null;
        }

        try
        {
            return new Regex(new Translation(pattern).Run(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MaxTime);
        }
        catch (PatternException e)
        {
            error = $"error parsing regexp: {e.Message}";
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            error = $"error parsing regexp: {e.Message}";
        }

        return null;
    }

    private sealed class PatternException(string message) : Exception(message);

    private sealed class Translation(string pattern)
    {
        private readonly StringBuilder _text = new(pattern.Length + 16);

        // How often what each open group holds may repeat; the last is the innermost.
        private readonly Stack<int> _repeats = new([1]);
        private int _at;
        private int _last = 1;

        public string Run()
        {
            while (_at < pattern.Length) Next();
            return _repeats.Count == 1 ? _text.ToString() : throw new PatternException($"missing closing ): `{pattern}`");
        }

        private void Next()
        {
            var c = pattern[_at];
            switch (c)
            {
                case '\\':
                    Escape(inClass: false);
                    _last = 1;
                    break;
                case '[':
                    Class();
                    _last = 1;
                    break;
                case '(':
                    Open();
                    break;
                case ')':
                    if (_repeats.Count == 1) throw new PatternException($"unexpected ): `{pattern}`");
                    _last = _repeats.Pop();
                    Outer(_last);
                    Copy();
                    break;
                case '$':
                    // Without the flag m it is the end of the text, not also the place before a last line break.
                    _text.Append(@"\z");
                    _at++;
                    break;
                case '{' when Count() is { } max:
                    Repeat(max);
                    break;
                case '{':
                    _text.Append(@"\{");
                    _at++;
                    break;
                case '#' or ' ':
                    _text.Append('\\').Append(c);
                    _at++;
                    _last = 1;
                    break;
                default:
                    if (c is not ('*' or '+' or '?' or '|')) _last = 1;
                    Copy();
                    break;
            }
        }

        private void Copy() => _text.Append(pattern[_at++]);

        private void Outer(int repeats)
        {
            var outer = _repeats.Pop();
            _repeats.Push(Math.Max(outer, repeats));
        }

        private void Repeat(int max)
        {
            var product = (long)max * _last;
            if (max > MaxRepeat || product > MaxRepeat) throw new PatternException($"invalid repeat count: `{pattern[_at..(pattern.IndexOf('}', _at) + 1)]}`");
            _last = (int)Math.Max(product, 1);
            Outer(_last);
            while (pattern[_at] != '}') Copy();
            Copy();
        }

        /// <summary>The larger number of <c>{n,m}</c>, or null when the brace is an ordinary character.</summary>
        private int? Count()
        {
            var end = _at + 1;
            while (end < pattern.Length && (char.IsAsciiDigit(pattern[end]) || pattern[end] == ',')) end++;
            if (end == pattern.Length || pattern[end] != '}') return null;
            var parts = pattern[(_at + 1)..end].Split(',');
            if (parts.Length > 2 || parts[0].Length == 0) return null;
            var numbers = parts.Where(p => p.Length > 0).Select(p => p.Length > 6 ? int.MaxValue : int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).ToList();
            if (numbers.Count == 2 && numbers[1] < numbers[0]) throw new PatternException($"invalid repeat count: `{pattern[_at..(end + 1)]}`");
            return numbers.Max();
        }

        private void Open()
        {
            _repeats.Push(1);
            if (_at + 1 == pattern.Length || pattern[_at + 1] != '?')
            {
                Copy();
                return;
            }

            var rest = pattern.AsSpan(_at + 2);
            if (rest is ['=' or '!' or '>', ..] or ['<', '=' or '!', ..])
            {
                throw new PatternException($"invalid or unsupported Perl syntax: `(?{rest[..(rest[0] == '<' ? 2 : 1)]}`");
            }

            _text.Append("(?");
            _at += 2;
            if (rest is ['P', '<', ..]) _at++;
            if (rest is ['P', '<', ..] or ['<', ..]) return;
            // Flags: i, m and s mean the same; U (lazy by default) changes nothing about whether there is a match.
            while (_at < pattern.Length && pattern[_at] is not (':' or ')'))
            {
                if (pattern[_at] is 'i' or 'm' or 's' or '-') Copy();
                else if (pattern[_at] == 'U') _at++;
                else throw new PatternException($"invalid or unsupported Perl syntax: `(?{pattern[_at]}`");
            }

            if (_at < pattern.Length && pattern[_at] == ':') Copy();
        }

        private void Class()
        {
            _text.Append('[');
            _at++;
            if (_at < pattern.Length && pattern[_at] == '^') Copy();
            var first = true;
            while (true)
            {
                if (_at >= pattern.Length) throw new PatternException($"missing closing ]: `{pattern}`");
                var c = pattern[_at];
                if (c == ']' && !first) break;
                first = false;
                if (c == '[' && _at + 1 < pattern.Length && pattern[_at + 1] == ':' && pattern.IndexOf(":]", _at, StringComparison.Ordinal) is > 0 and var end)
                {
                    var name = pattern[(_at + 2)..end];
                    if (!PosixClasses.TryGetValue(name, out var members)) throw new PatternException($"invalid character class range: `[:{name}:]`");
                    _text.Append(members);
                    _at = end + 2;
                }
                else if (c == '\\')
                {
                    Escape(inClass: true);
                }
                else
                {
                    if (c is '[' or ']') _text.Append('\\');
                    Copy();
                }
            }

            Copy();
        }

        private void Escape(bool inClass)
        {
            if (_at + 1 == pattern.Length) throw new PatternException("trailing backslash at end of expression: ``");
            var c = pattern[_at + 1];
            // RE2's classes are of ASCII.
            var members = c switch
            {
                'd' => "0-9",
                'w' => "0-9A-Za-z_",
                's' => @"\t\n\f\r ",
                'D' when inClass => @"\x00-/:-\uFFFF",
                'W' when inClass => @"\x00-/:-@\[-\^`{-\uFFFF",
                'S' when inClass => @"\x00-\x08\x0B\x0E-\x1F!-\uFFFF",
                'D' => "^0-9",
                'W' => "^0-9A-Za-z_",
                'S' => @"^\t\n\f\r ",
                _ => null,
            };
            if (members is not null)
            {
                _text.Append(inClass ? members : $"[{members}]");
                _at += 2;
                return;
            }

            switch (c)
            {
                case 'p' or 'P':
                    Property(c);
                    break;
                case 'x' when _at + 2 < pattern.Length && pattern[_at + 2] == '{':
                    Hexadecimal();
                    break;
                case 'Q':
                    var end = pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
                    var literal = end < 0 ? pattern[(_at + 2)..] : pattern[(_at + 2)..end];
                    _text.Append(Regex.Escape(literal));
                    _at = end < 0 ? pattern.Length : end + 2;
                    break;
                case 'A' or 'z' or 'b' or 'B' or 'a' or 'f' or 't' or 'n' or 'r' or 'v' or 'x':
                    _text.Append('\\').Append(c);
                    _at += 2;
                    break;
                case >= '1' and <= '9' or >= 'a' and <= 'z' or >= 'A' and <= 'Z':
                    throw new PatternException($"invalid escape sequence: `\\{c}`");
                case '0':
                    _text.Append(@"\0");
                    _at += 2;
                    break;
                default:
                    _text.Append('\\').Append(c);
                    _at += 2;
                    break;
            }
        }

        /// <summary><c>\pL</c> and <c>\p{Greek}</c>.</summary>
        private void Property(char letter)
        {
            if (_at + 2 >= pattern.Length) throw new PatternException($"invalid character class range: `\\{letter}`");
            var braced = pattern[_at + 2] == '{';
            var end = braced ? pattern.IndexOf('}', _at) : _at + 2;
            if (end < 0) throw new PatternException($"invalid character class range: `{pattern[_at..]}`");
            var name = braced ? pattern[(_at + 3)..end] : pattern[(_at + 2)..(end + 1)];
            _text.Append('\\').Append(letter).Append('{').Append(name is "Greek" or "Cyrillic" or "Hebrew" or "Arabic" ? "Is" + name : name).Append('}');
            _at = end + 1;
        }

        private void Hexadecimal()
        {
            var end = pattern.IndexOf('}', _at);
            if (end < 0 || !int.TryParse(pattern.AsSpan((_at + 3)..end), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var code) || !Rune.IsValid(code))
            {
                throw new PatternException($"invalid escape sequence: `{pattern[_at..Math.Min(pattern.Length, _at + 3)]}`");
            }

            foreach (var unit in char.ConvertFromUtf32(code)) _text.Append(@"\u").Append(((int)unit).ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
            _at = end + 1;
        }
    }
}

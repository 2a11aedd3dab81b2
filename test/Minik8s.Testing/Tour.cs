using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Minik8s.Testing;

/// <summary>
/// Commands with what they have to print, from a text file. A line that begins with <c>$ </c> is a command for bash, lines with <c>&gt; </c> continue it; what
/// follows is its output, both streams together. <c>...</c> within a line stands for any text, on a line of its own for any lines. A command that fails
/// prints <c>[exit N]</c> last. <c>$? </c> begins a command that is repeated until it prints what it has to. Lines with <c>// </c> are remarks.
/// </summary>
public static class Tour
{
    /// <summary>Walks a tour; throws at the first command that prints something else.</summary>
    /// <param name="file">The text.</param>
    /// <param name="kubeconfig">What <c>kubectl</c> uses.</param>
    /// <param name="variables">Further environment variables of the commands.</param>
    public static async Task WalkAsync(string file, string kubeconfig, IReadOnlyDictionary<string, string>? variables = null)
    {
        var environment = new Dictionary<string, string>(variables ?? new Dictionary<string, string>()) { ["KUBECONFIG"] = kubeconfig, ["KUBECACHEDIR"] = kubeconfig + ".cache", ["TERM"] = "dumb" };
        var folder = Directory.CreateTempSubdirectory("mk8s-tour-");
        try
        {
            foreach (var step in Read(await File.ReadAllLinesAsync(file)))
            {
                var expected = new Regex(step.Pattern, RegexOptions.CultureInvariant);
                var last = "";
                async Task<bool> Runs()
                {
                    var result = await Shell.RunAsync("bash", ["-c", $"cd {folder.FullName}; exec 2>&1\n{step.Command}"], null, environment, TimeSpan.FromMinutes(2));
                    last = result.Output.TrimEnd() + (result.ExitCode == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"\n[exit {result.ExitCode}]"));
                    return expected.IsMatch(last.TrimStart('\n'));
                }

                try
                {
                    if (step.Repeated) await Eventually.True(Runs, step.Command);
                    else if (!await Runs()) throw new InvalidOperationException("another output was expected");
                }
                catch (Exception e) when (e is InvalidOperationException or TimeoutException)
                {
                    throw new InvalidOperationException($"{Path.GetFileName(file)}:{step.Line}: {e.Message}\n$ {step.Command}\n--- expected\n{step.Expected}\n--- was\n{last}");
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<Step> Read(string[] lines)
    {
        var steps = new List<Step>();
        for (var i = 0; i < lines.Length;)
        {
            var line = lines[i];
            var number = i + 1;
            i++;
            if (!line.StartsWith("$ ", StringComparison.Ordinal) && !line.StartsWith("$? ", StringComparison.Ordinal)) continue;
            var repeated = line.StartsWith("$? ", StringComparison.Ordinal);
            var command = new StringBuilder(line[(repeated ? 3 : 2)..]);
            while (i < lines.Length && lines[i].StartsWith('>')) command.Append('\n').Append(lines[i++].AsSpan(1).TrimStart(' '));
            var expected = new List<string>();
            while (i < lines.Length && !lines[i].StartsWith("$", StringComparison.Ordinal) && !lines[i].StartsWith("// ", StringComparison.Ordinal)) expected.Add(lines[i++]);
            while (expected.Count > 0 && string.IsNullOrWhiteSpace(expected[^1])) expected.RemoveAt(expected.Count - 1);
            steps.Add(new(number, command.ToString(), repeated, string.Join('\n', expected), Pattern(expected)));
        }

        return steps;
    }

    private static string Pattern(List<string> expected)
    {
        var pattern = new StringBuilder(@"\A");
        for (var i = 0; i < expected.Count; i++)
        {
            if (expected[i] == "...") pattern.Append(@"(?:[^\n]*(?:\n|\z))*?");
            else pattern.Append(string.Join(@"[^\n]*", expected[i].Split("...").Select(Regex.Escape))).Append(@"[ ]*(?:\n|\z)");
        }

        return pattern.Append(@"\z").ToString();
    }

    private sealed record Step(int Line, string Command, bool Repeated, string Expected, string Pattern);
}

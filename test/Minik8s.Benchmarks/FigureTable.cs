using System.Globalization;
using System.Text;

namespace Minik8s.Benchmarks;

/// <summary>The figures as a table of the README.</summary>
internal static class FigureTable
{
    public static string Render(IReadOnlyList<Figure> figures)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"On {Machine()}:\n\n| what | measured | for comparison |\n|---|---|---|\n");
        foreach (var figure in figures) text.Append(CultureInfo.InvariantCulture, $"| {figure.What} | {figure.Value} | {figure.Target} |\n");
        return text.ToString();
    }

    /// <summary>Puts the table between the two marks of its name in the file.</summary>
    public static void Write(string file, string name, string table)
    {
        var (first, last) = ($"<!-- figures:{name} -->", $"<!-- /figures:{name} -->");
        var text = File.ReadAllText(file);
        var begin = text.IndexOf(first, StringComparison.Ordinal);
        var end = text.IndexOf(last, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new InvalidDataException($"{file} has no marks {first} and {last}");
        File.WriteAllText(file, $"{text[..(begin + first.Length)]}\n{table}{text[end..]}");
    }

    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "an unnamed processor";
        var memory = long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 20;
        return $"{Environment.ProcessorCount} cores of {model}, {memory} GiB, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {DateTime.UtcNow:yyyy-MM-dd}";
    }
}

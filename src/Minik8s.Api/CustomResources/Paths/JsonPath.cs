using System.Text.Json;

namespace Minik8s.Api.CustomResources.Paths;

/// <summary>
/// A path as printer columns have it (client-go's JSONPath without braces): fields, quoted fields, indexes, slices, wildcards, filters, unions and descent.
/// </summary>
public sealed class JsonPath
{
    /// <summary>How many elements are looked at: paths that lead to the same place many times over would else grow with each step.</summary>
    private const int MaxVisited = 200_000;

    private readonly IReadOnlyList<PathStep> _steps;

    private JsonPath(IReadOnlyList<PathStep> steps) => _steps = steps;

    /// <summary>The path, or null with the reason why the text is none.</summary>
    public static JsonPath? Parse(string text, out string error)
    {
        try
        {
            error = "";
            return new JsonPath(new JsonPathParser(text).Parse());
        }
        catch (JsonPathException e)
        {
            error = e.Message;
            return null;
        }
    }

    /// <summary>What the path leads to, in document order; nothing where it leads nowhere. A search that takes too long ends with what it has found.</summary>
    public IEnumerable<JsonElement> Find(JsonElement root) => Follow(_steps, root, new PathBudget(MaxVisited));

    internal static IEnumerable<JsonElement> Follow(IReadOnlyList<PathStep> steps, JsonElement root, PathBudget budget)
    {
        IEnumerable<JsonElement> found = [root];
        foreach (var step in steps) found = found.SelectMany(e => step.Apply(e, budget));
        return found;
    }
}

/// <summary>A text is no path.</summary>
internal sealed class JsonPathException(string message) : Exception(message);

/// <summary>How many elements a search may still look at.</summary>
internal sealed class PathBudget(int left)
{
    /// <summary>Whether one more may be looked at, which costs as much as some.</summary>
    public bool Take(int cost = 1)
    {
        if (left <= 0) return false;
        left -= cost;
        return true;
    }

    /// <summary>What it costs to pass over so many items, fields or bytes.</summary>
    public static int Cost(int passed) => 1 + (passed / 64);
}

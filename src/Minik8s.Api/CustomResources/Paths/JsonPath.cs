using System.Text.Json;

namespace Minik8s.Api.CustomResources.Paths;

/// <summary>
/// A path as printer columns have it (client-go's JSONPath without braces): fields, quoted fields, indexes, slices, wildcards, filters, unions and descent.
/// </summary>
public sealed class JsonPath
{
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

    /// <summary>What the path leads to, in document order; nothing where it leads nowhere.</summary>
    public IEnumerable<JsonElement> Find(JsonElement root)
    {
        IEnumerable<JsonElement> found = [root];
        foreach (var step in _steps) found = found.SelectMany(step.Apply);
        return found;
    }
}

/// <summary>A text is no path.</summary>
internal sealed class JsonPathException(string message) : Exception(message);

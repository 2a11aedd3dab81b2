using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.Patch;

/// <summary>JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces.</summary>
public static class MergePatch
{
    /// <summary>Applies the patch to a copy.</summary>
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        var result = target.DeepClone().AsObject();
        Merge(result, patch);
        return result;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(key);
                    break;
                case JsonObject changes:
                    if (target[key] is not JsonObject child) target[key] = child = [];
                    Merge(child, changes);
                    break;
                default:
                    target[key] = value.DeepClone();
                    break;
            }
        }
    }
}

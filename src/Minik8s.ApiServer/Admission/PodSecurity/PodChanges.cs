using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>Which changes of a pod have it looked at again: hardly anything of a running pod can change.</summary>
internal static class PodChanges
{
    public static bool Matter(JsonObject old, JsonObject now)
    {
        var (before, after) = (old.Map("spec"), now.Map("spec"));
        if (Count(before, "containers") != Count(after, "containers") || Count(before, "initContainers") != Count(after, "initContainers")) return true;
        if (before.Items("containers").Zip(after.Items("containers")).Any(Differ) || before.Items("initContainers").Zip(after.Items("initContainers")).Any(Differ)) return true;
        var known = before.Items("ephemeralContainers").ToDictionary(c => c.Text("name") ?? "", c => c.Text("image"), StringComparer.Ordinal);
        return after.Items("ephemeralContainers").Any(c => !known.TryGetValue(c.Text("name") ?? "", out var image) || image != c.Text("image"));
    }

    private static int Count(JsonObject? spec, string list) => (spec?[list] as JsonArray)?.Count ?? 0;

    private static bool Differ((JsonObject Before, JsonObject After) container) => container.Before.Text("image") != container.After.Text("image");
}

using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>What is accepted in a pod's spec but probably not meant (Kubernetes' <c>api/pod</c> warnings).</summary>
internal static class PodWarnings
{
    /// <summary>The warnings about a template at a path of property names; none when an update leaves the template as it was.</summary>
    public static IEnumerable<string> OfTemplate(JsonObject obj, JsonObject? old, params ReadOnlySpan<string> path)
    {
        JsonObject? template = obj, before = old;
        foreach (var name in path)
        {
            template = template.Map(name);
            before = before.Map(name);
        }

        if (template is null || (before is not null && JsonNode.DeepEquals(template, before))) return [];
        return OfSpec(template.Map("spec"), $"{string.Join('.', path)}.spec");
    }

    public static IEnumerable<string> OfSpec(JsonObject? spec, string path)
    {
        if (spec.Number("terminationGracePeriodSeconds") is < 0) yield return $"{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
        foreach (var list in new[] { "initContainers", "containers" })
        {
            var c = 0;
            foreach (var container in spec.Items(list))
            {
                var at = $"{path}.{list}[{c++}]";
                var names = new HashSet<string>();
                var e = 0;
                foreach (var variable in container.Items("env"))
                {
                    var name = variable.Text("name") ?? "";
                    if (!names.Add(name) && variable.Text("value")?.Contains($"$({name})", StringComparison.Ordinal) != true)
                    {
                        yield return $"{at}.env[{e}]: hides previous definition of \"{name}\", which may be dropped when using apply";
                    }

                    e++;
                }
            }
        }
    }
}

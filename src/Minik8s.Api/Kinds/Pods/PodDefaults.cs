using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Defaults of a pod's spec that depend on other fields (core/v1 defaults).</summary>
internal static class PodDefaults
{
    private static readonly string[] ContainerLists = ["initContainers", "containers", "ephemeralContainers"];

    public static void Apply(JsonObject spec)
    {
        var hostNetwork = spec.Flag("hostNetwork");
        foreach (var list in ContainerLists)
        {
            foreach (var container in spec.Items(list)) ApplyContainer(container, hostNetwork);
        }

        foreach (var volume in spec.Items("volumes"))
        {
            // A volume without a source is an empty directory.
            if (volume.All(p => p.Key == "name")) volume["emptyDir"] = new JsonObject();
            if (volume.Map("projected") is { } projected) ApplyApiVersions(projected.Items("sources").SelectMany(s => s.Map("downwardAPI").Items("items")));
            ApplyApiVersions(volume.Map("downwardAPI").Items("items"));
        }

        if (spec.Text("serviceAccountName") is { Length: > 0 } account) spec["serviceAccount"] = account;
        else if (spec.Text("serviceAccount") is { Length: > 0 } former) spec["serviceAccountName"] = former;
    }

    private static void ApplyContainer(JsonObject container, bool hostNetwork)
    {
        if (container.Text("image") is { Length: > 0 } image) container.Default("imagePullPolicy", HasLatestTag(image) ? "Always" : "IfNotPresent");
        if (container.Map("resources") is { } resources && resources.Map("limits") is { } limits)
        {
            var requests = resources.Ensure("requests");
            foreach (var (name, limit) in limits) requests.Default(name, limit!.DeepClone());
            if (requests.Count == 0) resources.Remove("requests");
        }

        if (hostNetwork)
        {
            foreach (var port in container.Items("ports")) port.Default("hostPort", port["containerPort"]?.DeepClone() ?? 0);
        }

        ApplyApiVersions(container.Items("env").Select(e => e.Map("valueFrom")).OfType<JsonObject>());
    }

    private static void ApplyApiVersions(IEnumerable<JsonObject> holders)
    {
        foreach (var holder in holders)
        {
            if (holder.Map("fieldRef") is { } field) field.Default("apiVersion", "v1");
        }
    }

    /// <summary>Whether the image is named by the moving tag: none given, or <c>latest</c>; a digest never moves.</summary>
    private static bool HasLatestTag(string image)
    {
        if (image.Contains('@')) return false;
        var colon = image.LastIndexOf(':');
        return colon <= image.LastIndexOf('/') || image[(colon + 1)..] == "latest";
    }
}

using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Defaults of a pod's spec that depend on other fields (core/v1 defaults).</summary>
internal static class PodDefaults
{
    private static readonly string[] ContainerLists = ["initContainers", "containers", "ephemeralContainers"];

    /// <summary>The defaults of pods, beyond those of the templates that pods are made from.</summary>
    public static void ApplyPod(JsonObject spec)
    {
        ApplySpec(spec);
        spec.Default("enableServiceLinks", true);
        ApplyRequests(spec);
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            ApplyRequests(container);
            if (!spec.Flag("hostNetwork")) continue;
            foreach (var port in container.Items("ports")) port.Default("hostPort", port["containerPort"]?.DeepClone() ?? 0);
        }
    }

    /// <summary>The defaults of a pod's spec, in a pod as in a template.</summary>
    public static void ApplySpec(JsonObject spec)
    {
        foreach (var list in ContainerLists)
        {
            foreach (var container in spec.Items(list)) ApplyContainer(container);
        }

        foreach (var volume in spec.Items("volumes"))
        {
            // A volume without a source is an empty directory.
            if (volume.All(p => p.Key == "name")) volume["emptyDir"] = new JsonObject();
            if (volume.Map("image") is { } image) image.Default("pullPolicy", HasLatestTag(image.Text("reference") ?? "") ? "Always" : "IfNotPresent");
            if (volume.Map("projected") is { } projected) ApplyApiVersions(projected.Items("sources").SelectMany(s => s.Map("downwardAPI").Items("items")));
            ApplyApiVersions(volume.Map("downwardAPI").Items("items"));
        }

        if (spec.Text("serviceAccountName") is { Length: > 0 } account) spec["serviceAccount"] = account;
        else if (spec.Text("serviceAccount") is { Length: > 0 } former) spec["serviceAccountName"] = former;
    }

    private static void ApplyContainer(JsonObject container)
    {
        if (container.Text("image") is { Length: > 0 } image) container.Default("imagePullPolicy", HasLatestTag(image) ? "Always" : "IfNotPresent");
        ApplyApiVersions(container.Items("env").Select(e => e.Map("valueFrom")).OfType<JsonObject>());
    }

    /// <summary>What is limited and not requested is requested up to the limit.</summary>
    private static void ApplyRequests(JsonObject holder)
    {
        if (holder.Map("resources") is not { } resources || resources.Map("limits") is not { Count: > 0 } limits) return;
        var requests = resources.Ensure("requests");
        foreach (var (name, limit) in limits) requests.Default(name, limit!.DeepClone());
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

using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission;

/// <summary>What every new pod gets: the namespace's default ServiceAccount, and five minutes on a node that stops answering (DefaultTolerationSeconds).</summary>
public sealed class PodDefaultsAdmission : IAdmission
{
    private static readonly string[] Taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation != AdmissionOperation.Create || request.Resource.Kind is not { Group: "", Kind: "Pod" } || request.Object.Map("spec") is not { } spec) return default;
        if (string.IsNullOrEmpty(spec.Text("serviceAccountName")))
        {
            spec["serviceAccountName"] = "default";
            spec["serviceAccount"] = "default";
        }

        foreach (var taint in Taints)
        {
            if (spec.Items("tolerations").Any(t => Covers(t, taint))) continue;
            if (spec["tolerations"] is not JsonArray tolerations) spec["tolerations"] = tolerations = [];
            tolerations.Add((JsonNode)new JsonObject { ["key"] = taint, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300 });
        }

        return default;
    }

    private static bool Covers(JsonObject toleration, string taint)
    {
        var (key, effect) = (toleration.Text("key") ?? "", toleration.Text("effect") ?? "");
        return (key.Length == 0 || key == taint) && (effect is "" or "NoExecute");
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission;

/// <summary>Lets a new pod stay for five minutes on a node that stops answering.</summary>
internal sealed class DefaultTolerationSeconds : IAdmission
{
    private const int Seconds = 300;

    private static readonly string[] Taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation != AdmissionOperation.Create || request.Resource.Kind is not { Group: "", Kind: "Pod" } || request.Object.Map("spec") is not { } spec) return default;
        foreach (var taint in Taints)
        {
            if (spec.Items("tolerations").Any(t => Covers(t, taint))) continue;
            if (spec["tolerations"] is not JsonArray tolerations) spec["tolerations"] = tolerations = [];
            tolerations.Add((JsonNode)new JsonObject { ["key"] = taint, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = Seconds });
        }

        return default;
    }

    private static bool Covers(JsonObject toleration, string taint)
    {
        var (key, effect) = (toleration.Text("key") ?? "", toleration.Text("effect") ?? "");
        return (key.Length == 0 || key == taint) && (effect is "" or "NoExecute");
    }
}

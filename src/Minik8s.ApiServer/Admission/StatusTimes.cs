using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Admission;

/// <summary>Times in a status that the server sets, because it is the server that sees the change: phases of volumes, decisions on certificates.</summary>
public sealed class StatusTimes(TimeProvider time) : IAdmission
{
    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == AdmissionOperation.Delete) return default;
        switch (request.Resource.Kind)
        {
            case { Group: "", Kind: "PersistentVolume" }:
                StampPhase(request.Object, request.Old);
                break;
            case { Group: "certificates.k8s.io", Kind: "CertificateSigningRequest" }:
                StampConditions(request.Object, request.Old);
                break;
        }

        return default;
    }

    private string Now => ResourceRegistry.Timestamp(time.GetUtcNow());

    private void StampPhase(JsonObject obj, JsonObject? old)
    {
        const string field = "lastPhaseTransitionTime";
        if (obj.Map("status") is not { } status || status.Text("phase") is not { Length: > 0 } phase) return;
        var before = old.Map("status");
        var given = status.Text(field);
        if (phase != before.Text("phase") && (given is null || given == before.Text(field))) status[field] = Now;
    }

    private void StampConditions(JsonObject obj, JsonObject? old)
    {
        var known = old.Map("status").Items("conditions").ToList();
        foreach (var condition in obj.Map("status").Items("conditions"))
        {
            condition.Default("lastUpdateTime", Now);
            var before = known.FirstOrDefault(c => c.Text("type") == condition.Text("type") && c.Text("status") == condition.Text("status"));
            condition.Default("lastTransitionTime", before.Text("lastTransitionTime") ?? Now);
        }
    }
}

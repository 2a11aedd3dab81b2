using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>StatefulSets (apps/v1).</summary>
internal sealed class StatefulSetStrategy : StatusStrategy
{
    private static readonly string[] Changeable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = PodTemplates.Part(obj, "spec", "io.k8s.api.apps.v1.StatefulSetSpec");
        PodTemplates.ApplyDefaults(spec);
        var strategy = spec.Ensure("updateStrategy");
        if (string.IsNullOrEmpty(strategy.Text("type")))
        {
            strategy["type"] = "RollingUpdate";
            strategy.Ensure("rollingUpdate");
        }

        if (strategy.Text("type") == "RollingUpdate" && strategy.Map("rollingUpdate") is { } rolling) rolling.Default("partition", 0);
        var retention = spec.Ensure("persistentVolumeClaimRetentionPolicy");
        retention.Default("whenDeleted", "Retain");
        retention.Default("whenScaled", "Retain");
        foreach (var claim in spec.Items("volumeClaimTemplates"))
        {
            claim["apiVersion"] = "v1";
            claim["kind"] = "PersistentVolumeClaim";
            claim.Ensure("spec").Default("volumeMode", "Filesystem");
            claim.Ensure("status").Default("phase", "Pending");
        }
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["replicas"] = 0, ["availableReplicas"] = 0 };

    /// <summary>A pod's name is made from it and must be a host's name.</summary>
    public override IEnumerable<string> ValidateName(string name, bool prefix) => Names.DnsLabel(name, prefix);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        if (spec.Text("podManagementPolicy") is { } management and not ("OrderedReady" or "Parallel")) errors.Invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'");
        ValidateUpdateStrategy(spec.Map("updateStrategy") ?? [], errors);
        foreach (var (field, value) in spec.Map("persistentVolumeClaimRetentionPolicy") ?? [])
        {
            if (value.Text() is { } policy and not ("Retain" or "Delete")) errors.NotSupported($"spec.persistentVolumeClaimRetentionPolicy.{field}", policy, "Delete", "Retain");
        }

        errors.NonNegative(spec, "spec", "replicas", "minReadySeconds", "revisionHistoryLimit");
        errors.NonNegative("spec.ordinals.start", spec.Map("ordinals")?["start"]);
        if (spec.Text("serviceName") is { Length: > 0 } service) errors.All("spec.serviceName", service, Names.DnsLabel(service));
        var template = spec.Map("template");
        if (SelectorChecks.Require(spec, "statefulset", errors, invalid: "") is { } selector)
        {
            PodTemplates.ValidateSelected(template, selector, "spec.template", errors);
            PodTemplates.Validate(template, "spec.template", errors, [.. spec.Items("volumeClaimTemplates").Select(c => c.Map("metadata").Text("name") ?? "")]);
        }

        PodTemplates.ValidateRunsForever(template, "spec.template", "StatefulSet", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        var fixedFields = spec.Concat(before).Select(p => p.Key).Distinct().Except(Changeable);
        if (fixedFields.All(f => JsonNode.DeepEquals(spec[f], before[f]))) return;
        errors.Forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
            + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var status = obj.Map("status");
        errors.NonNegative(status, "status", "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration", "collisionCount");
        foreach (var field in new[] { "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas" })
        {
            errors.NotGreater(status, "status", field, "replicas", "cannot be greater than status.replicas");
        }

        errors.NotGreater(status, "status", "availableReplicas", "readyReplicas", "cannot be greater than status.readyReplicas");
        errors.NotDecremented(obj, old, "collisionCount");
    }

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "spec", "template");

    private static void ValidateUpdateStrategy(JsonObject strategy, ICollection<FieldError> errors)
    {
        const string path = "spec.updateStrategy";
        var rolling = strategy.Map("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                if (rolling is not null) errors.Invalid($"{path}.rollingUpdate", rolling, "only allowed for updateStrategy 'RollingUpdate'");
                break;
            case "RollingUpdate":
                errors.NonNegative($"{path}.rollingUpdate.partition", rolling?["partition"]);
                if (rolling?["maxUnavailable"] is not { } unavailable) break;
                IntOrPercent.Validate(unavailable, $"{path}.rollingUpdate.maxUnavailable", errors);
                if (IntOrPercent.Number(unavailable) == 0) errors.Invalid($"{path}.rollingUpdate.maxUnavailable", unavailable, "cannot be 0");
                IntOrPercent.ValidateAtMostWhole(unavailable, $"{path}.rollingUpdate.maxUnavailable", errors);
                break;
            default:
                errors.Invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'");
                break;
        }
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.Api.Selectors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Pod templates (PodTemplateSpec of core/v1) inside the kinds that make pods: they get a pod's defaults and are checked as a pod is.</summary>
internal static class PodTemplates
{
    /// <summary>A part of an object that is always there in Kubernetes; when a client leaves it out it is made, with the static defaults of its type.</summary>
    public static JsonObject Part(JsonObject holder, string name, string definition)
    {
        if (holder[name] is JsonObject present) return present;
        var made = holder.Ensure(name);
        SchemaDefaulter.Apply(made, BuiltInSchemas.Get(definition));
        return made;
    }

    /// <summary>Gives the template in <c>template</c> its defaults.</summary>
    public static void ApplyDefaults(JsonObject holder) =>
        PodDefaults.ApplySpec(Part(holder.Ensure("template"), "spec", "io.k8s.api.core.v1.PodSpec"));

    /// <summary>Checks a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="path">Its path in the object.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="claims">Names of volumes that the owner adds to the pods (claim templates of a StatefulSet).</param>
    public static void Validate(JsonObject? template, string path, ICollection<FieldError> errors, IReadOnlyCollection<string>? claims = null)
    {
        var metadata = template.Map("metadata");
        errors.LabelMap($"{path}.labels", metadata.Map("labels"));
        ObjectMetaValidation.ValidateAnnotations(metadata, $"{path}.annotations", errors);
        var spec = template.Map("spec");
        PodValidation.ValidateAnnotations(metadata, spec, $"{path}.annotations", errors);
        PodValidation.Validate(spec, $"{path}.spec", errors, claims);
        if (spec.Items("ephemeralContainers").Any()) errors.Forbidden($"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template");
    }

    /// <summary>Checks that the owner selects the pods that it makes.</summary>
    public static void ValidateSelected(JsonObject? template, LabelSelector selector, string path, ICollection<FieldError> errors)
    {
        var labels = template.Map("metadata").Map("labels");
        if (!selector.IsEverything && !selector.Matches(labels)) errors.Invalid($"{path}.metadata.labels", labels, "`selector` does not match template `labels`");
    }

    /// <summary>Checks that the pods run until they are deleted.</summary>
    public static void ValidateRunsForever(JsonObject? template, string path, string kind, ICollection<FieldError> errors)
    {
        var spec = template.Map("spec");
        if (spec.Text("restartPolicy") is var policy and not "Always") errors.NotSupported($"{path}.spec.restartPolicy", policy ?? "", "Always");
        if (spec?["activeDeadlineSeconds"] is not null) errors.Forbidden($"{path}.spec.activeDeadlineSeconds", $"activeDeadlineSeconds in {kind} is not Supported");
    }

    /// <summary>The template of a ReplicaSet, and of the kinds that make ReplicaSets.</summary>
    public static void ValidateReplicated(JsonObject spec, LabelSelector selector, string path, ICollection<FieldError> errors)
    {
        var template = spec.Map("template");
        ValidateSelected(template, selector, path, errors);
        Validate(template, path, errors);
        if (spec.Number("replicas") > 1) ValidateSharedDisks(template, path, errors);
        ValidateRunsForever(template, path, "ReplicaSet", errors);
    }

    /// <summary>Several pods can mount a disk of these kinds only when none writes to it.</summary>
    public static void ValidateSharedDisks(JsonObject? template, string path, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var volume in template.Map("spec").Items("volumes"))
        {
            var at = $"{path}.spec.volumes[{i++}]";
            if (volume.Map("gcePersistentDisk") is { } disk && !disk.Flag("readOnly"))
            {
                errors.Invalid($"{at}.gcePersistentDisk.readOnly", false, "must be true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only");
            }
        }
    }
}

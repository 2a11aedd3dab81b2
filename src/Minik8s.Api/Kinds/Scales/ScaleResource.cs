using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Scales;

/// <summary>The kind that <c>scale</c> subresources show. It is no resource of its own: nothing lists it.</summary>
public static class ScaleResource
{
    public static ResourceDefinition Definition { get; } = Definitions.Define("autoscaling", "v1", "Scale", "scales", new PlainStrategy(), new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Number("Desired", "The number of instances that the scaled object wants.", s => s.Get("spec").Number("replicas")),
        TablePrinter.Number("Available", "The number of instances that the scaled object has.", s => s.Get("status").Number("replicas")),
        TablePrinter.Age));

    /// <summary>The subresource as discovery lists it.</summary>
    public static Subresource Subresource { get; } = new("scale", Definition.Kind, ["get", "patch", "update"]);

    /// <summary>Checks what a client wants to write.</summary>
    public static void Validate(JsonObject scale, ICollection<FieldError> errors) => errors.NonNegative("spec.replicas", scale.Map("spec")?["replicas"]);
}

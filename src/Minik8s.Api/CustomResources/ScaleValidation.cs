using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources;

/// <summary>Checks of the numbers that the scale subresource shows.</summary>
internal static class ScaleValidation
{
    public static void Validate(JsonObject obj, ScaleMapping scale, ICollection<FieldError> errors)
    {
        foreach (var path in new[] { scale.SpecReplicas, scale.StatusReplicas })
        {
            JsonNode? at = obj;
            foreach (var name in path) at = (at as JsonObject)?[name];
            var field = "." + string.Join('.', path);
            if (at.Number() is < 0 and var low) errors.Invalid(field, low, "should be a non-negative integer");
            if (at.Number() is > int.MaxValue and var high) errors.Invalid(field, high, $"should be less than or equal to {int.MaxValue}");
        }
    }
}

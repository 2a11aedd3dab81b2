using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.ConfigMaps;

/// <summary>ConfigMaps: keys are file names, each in <c>data</c> or <c>binaryData</c>, not both.</summary>
internal sealed class ConfigMapStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        DataKeys.Validate(obj, "data", errors);
        DataKeys.Validate(obj, "binaryData", errors);
        foreach (var (key, _) in obj.Map("data") ?? [])
        {
            if (obj.Map("binaryData")?.ContainsKey(key) == true) errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        DataKeys.ValidateImmutable(obj, old, errors, "data", "binaryData");
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.ConfigMaps;

/// <summary>ConfigMaps: keys are file names, each in <c>data</c> or <c>binaryData</c>, not both.</summary>
internal sealed class ConfigMapStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var size = DataKeys.Validate(obj, "data", base64: false, errors);
        foreach (var (key, _) in obj.Map("data") ?? [])
        {
            if (obj.Map("binaryData")?.ContainsKey(key) == true) errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
        }

        size += DataKeys.Validate(obj, "binaryData", base64: true, errors);
        // The whole object is meant, so no field is named.
        if (size > DataKeys.SizeLimit) errors.TooLong("", DataKeys.SizeLimit);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        DataKeys.ValidateImmutable(obj, old, errors, "data", "binaryData");
        ValidateCreate(obj, errors);
    }
}

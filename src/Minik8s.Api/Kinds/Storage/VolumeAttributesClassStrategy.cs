using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>Volume attributes classes: what a driver may change on a living volume; fixed themselves.</summary>
internal sealed class VolumeAttributesClassStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        StorageChecks.ValidateProvisioner(obj.Text("driverName") ?? "", "driverName", errors);
        StorageChecks.ValidateParameters(obj, needed: true, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        StorageChecks.ValidateFixed(obj, old, "driverName", errors);
        StorageChecks.ValidateFixed(obj, old, "parameters", errors);
        ValidateCreate(obj, errors);
    }
}

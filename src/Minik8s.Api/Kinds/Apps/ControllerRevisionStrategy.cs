using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>ControllerRevisions (apps/v1): snapshots of a controller's state, whose data never changes.</summary>
internal sealed class ControllerRevisionStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        if (obj["data"] is null) errors.Required("data", "data is mandatory");
        errors.NonNegative("revision", obj["revision"]);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("data", obj["data"], old["data"]);
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Coordination;

/// <summary>Leases. The fields of coordinated leader election, which is not offered, are dropped.</summary>
internal sealed class LeaseStrategy : PlainStrategy
{
    public override bool AllowCreateOnUpdate => true;

    public override void PrepareForCreate(JsonObject obj) => Drop(obj);

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => Drop(obj);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec");
        if (spec.Number("leaseDurationSeconds") is <= 0 and var duration) errors.Invalid("spec.leaseDurationSeconds", duration, "must be greater than 0");
        if (spec.Number("leaseTransitions") is < 0 and var transitions) errors.Invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    private static void Drop(JsonObject obj)
    {
        obj.Map("spec")?.Remove("strategy");
        obj.Map("spec")?.Remove("preferredHolder");
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>How much a driver can still provide of a class in a part of the cluster; which class and part is fixed.</summary>
internal sealed class CsiStorageCapacityStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        LabelSelectorValidation.Validate(obj.Map("nodeTopology"), "nodeTopology", errors);
        var name = obj.Text("storageClassName") ?? "";
        errors.All("storageClassName", name, Names.DnsSubdomain(name));
        if (Quantity.TryParse(obj.Text("capacity") ?? "", out var capacity) && capacity.Value < 0) errors.Invalid("capacity", obj["capacity"], "must be greater than or equal to 0");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        if (!JsonNode.DeepEquals(obj["nodeTopology"], old["nodeTopology"])) errors.Invalid("nodeTopology", obj["nodeTopology"], "field is immutable");
        errors.Immutable("storageClassName", obj["storageClassName"], old["storageClassName"]);
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>Storage classes: who makes volumes and how. Only growing and topology may change afterwards.</summary>
internal sealed class StorageClassStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        StorageChecks.ValidateProvisioner(obj.Text("provisioner") ?? "", "provisioner", errors);
        StorageChecks.ValidateParameters(obj, needed: false, errors);
        if (obj.Text("reclaimPolicy") is { Length: > 0 } policy && policy is not ("Delete" or "Retain")) errors.NotSupported("reclaimPolicy", policy, "Delete", "Retain");
        if (obj["volumeBindingMode"] is null) errors.Required("volumeBindingMode");
        else if (obj.Text("volumeBindingMode") is { } mode && mode is not ("Immediate" or "WaitForFirstConsumer")) errors.NotSupported("volumeBindingMode", mode, "Immediate", "WaitForFirstConsumer");
        ValidateTopologies(obj, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        StorageChecks.ValidateFixed(obj, old, "parameters", errors);
        StorageChecks.ValidateFixed(obj, old, "provisioner", errors);
        StorageChecks.ValidateFixed(obj, old, "reclaimPolicy", errors);
        errors.Immutable("volumeBindingMode", obj["volumeBindingMode"], old["volumeBindingMode"]);
        ValidateCreate(obj, errors);
    }

    private static void ValidateTopologies(JsonObject obj, ICollection<FieldError> errors)
    {
        var seen = new List<JsonNode?>();
        var t = 0;
        foreach (var term in obj.Items("allowedTopologies"))
        {
            var path = $"allowedTopologies[{t++}].matchLabelExpressions";
            var keys = new HashSet<string>();
            var i = 0;
            foreach (var expression in term.Items("matchLabelExpressions"))
            {
                var at = $"{path}[{i++}]";
                var key = expression.Text("key") ?? "";
                if (!expression.Texts("values").Any()) errors.Required($"{at}.values");
                foreach (var twice in expression.Texts("values").GroupBy(v => v).Where(g => g.Count() > 1)) errors.Duplicate($"{at}.values", twice.Key);
                errors.All($"{at}.key", key, Labels.Key(key));
                if (!keys.Add(key)) errors.Duplicate($"{at}.key", key);
            }

            if (seen.Any(s => JsonNode.DeepEquals(s, term["matchLabelExpressions"]))) errors.Duplicate(path, "");
            seen.Add(term["matchLabelExpressions"]);
        }
    }
}

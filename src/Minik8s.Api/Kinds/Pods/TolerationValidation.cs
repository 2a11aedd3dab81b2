using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's tolerations.</summary>
internal static class TolerationValidation
{
    public static void Validate(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        foreach (var (toleration, at) in spec.Indexed("tolerations", path))
        {
            var operation = toleration.Text("operator") ?? "";
            var value = toleration.Text("value") ?? "";
            var effect = toleration.Text("effect") ?? "";
            if (toleration.Text("key") is { Length: > 0 } key) errors.All($"{at}.key", key, Labels.Key(key));
            else if (operation != "Exists") errors.Invalid($"{at}.operator", operation, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            if (toleration["tolerationSeconds"] is not null && effect != "NoExecute") errors.Invalid($"{at}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
            switch (operation)
            {
                case "" or "Equal":
                    var reasons = string.Join(';', Labels.Value(value));
                    if (reasons.Length > 0) errors.Invalid($"{at}.operator", value, reasons);
                    break;
                case "Exists":
                    if (value.Length > 0) errors.Invalid($"{at}.operator", toleration, "value must be empty when `operator` is 'Exists'");
                    break;
                default:
                    errors.NotSupported($"{at}.operator", operation, "Equal", "Exists");
                    break;
            }

            if (effect is not ("" or "NoSchedule" or "PreferNoSchedule" or "NoExecute")) errors.NotSupported($"{at}.effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        }
    }
}

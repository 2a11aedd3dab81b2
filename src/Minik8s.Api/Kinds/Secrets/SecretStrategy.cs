using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Secrets;

/// <summary>Secrets: <c>stringData</c> is written into <c>data</c> and never stored; type and immutability are fixed.</summary>
internal sealed class SecretStrategy : PlainStrategy
{
    private static readonly Dictionary<string, string[]> RequiredKeys = new()
    {
        ["kubernetes.io/dockercfg"] = [".dockercfg"],
        ["kubernetes.io/dockerconfigjson"] = [".dockerconfigjson"],
        ["kubernetes.io/ssh-auth"] = ["ssh-privatekey"],
        ["kubernetes.io/tls"] = ["tls.crt", "tls.key"],
    };

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var (key, value) in obj.Map("stringData") ?? [])
        {
            obj.Ensure("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Text() ?? ""));
        }

        obj.Remove("stringData");
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        DataKeys.Validate(obj, "data", errors);
        foreach (var key in RequiredKeys.GetValueOrDefault(obj.Text("type") ?? "", []))
        {
            if (obj.Map("data")?.ContainsKey(key) != true) errors.Required($"data[{key}]");
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        if (obj.Text("type") != old.Text("type")) errors.Invalid("type", obj["type"], "field is immutable");
        DataKeys.ValidateImmutable(obj, old, errors, "data");
    }
}

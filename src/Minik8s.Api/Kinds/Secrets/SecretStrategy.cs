using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Secrets;

/// <summary>Secrets: <c>stringData</c> is written into <c>data</c> and never stored; the type is fixed and says which keys there must be.</summary>
internal sealed class SecretStrategy : PlainStrategy
{
    private const string AccountAnnotation = "kubernetes.io/service-account.name";

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
        if (DataKeys.Validate(obj, "data", base64: true, errors) > DataKeys.SizeLimit) errors.TooLong("data", DataKeys.SizeLimit);
        ValidateType(obj, obj.Map("data") ?? [], errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        errors.Immutable("type", obj["type"], old["type"]);
        DataKeys.ValidateImmutable(obj, old, errors, "data");
        ValidateCreate(obj, errors);
    }

    private static void ValidateType(JsonObject obj, JsonObject data, ICollection<FieldError> errors)
    {
        void Need(string key)
        {
            if (!data.ContainsKey(key)) errors.Required($"data[{key}]");
        }

        switch (obj.Text("type"))
        {
            case "kubernetes.io/service-account-token":
                if (string.IsNullOrEmpty(obj.Map("metadata").Map("annotations").Text(AccountAnnotation))) errors.Required($"metadata.annotations[{AccountAnnotation}]");
                break;
            case "kubernetes.io/dockercfg":
                ValidateJson(data, ".dockercfg", errors);
                break;
            case "kubernetes.io/dockerconfigjson":
                ValidateJson(data, ".dockerconfigjson", errors);
                break;
            case "kubernetes.io/basic-auth" when !data.ContainsKey("username") && !data.ContainsKey("password"):
                Need("username");
                Need("password");
                break;
            case "kubernetes.io/ssh-auth":
                if (string.IsNullOrEmpty(data.Text("ssh-privatekey"))) errors.Required("data[ssh-privatekey]");
                break;
            case "kubernetes.io/tls":
                Need("tls.crt");
                Need("tls.key");
                break;
        }
    }

    private static void ValidateJson(JsonObject data, string key, ICollection<FieldError> errors)
    {
        if (!data.ContainsKey(key))
        {
            errors.Required($"data[{key}]");
            return;
        }

        try
        {
            var bytes = Convert.FromBase64String(data.Text(key) ?? "");
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return;
        }
        catch (JsonException)
        {
            // Said below. What is there is a secret, so nothing of it is shown.
        }

        errors.Invalid($"data[{key}]", "<secret contents redacted>", "must be a JSON object");
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>Checks that the classes of storage share (storage/validation).</summary>
internal static class StorageChecks
{
    private const int MaxParameters = 512;
    private const int MaxParameterBytes = 256 * 1024;

    public static void ValidateProvisioner(string provisioner, string path, ICollection<FieldError> errors)
    {
        if (provisioner.Length == 0) errors.Required(path);
        else errors.All(path, provisioner.ToLowerInvariant(), Labels.Key(provisioner.ToLowerInvariant()));
    }

    public static void ValidateParameters(JsonObject obj, bool needed, ICollection<FieldError> errors)
    {
        var parameters = obj.Map("parameters") ?? [];
        if (parameters.Count > MaxParameters)
        {
            errors.TooLong("parameters", MaxParameters);
            return;
        }

        if (parameters.ContainsKey("")) errors.Invalid("parameters", "", "field can not be empty.");
        if (parameters.Sum(p => Encoding.UTF8.GetByteCount(p.Key) + Encoding.UTF8.GetByteCount(p.Value.Text() ?? "")) > MaxParameterBytes) errors.TooLong("parameters", MaxParameterBytes);
        if (needed && parameters.Count == 0) errors.Required("parameters", "must contain at least one key/value pair");
    }

    public static void ValidateFixed(JsonObject obj, JsonObject old, string field, ICollection<FieldError> errors)
    {
        if (!obj[field].Same(old[field])) errors.Forbidden(field, $"updates to {field} are forbidden.");
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a container's environment, and of references to fields and resources of the pod, which volumes have too.</summary>
internal static class EnvironmentValidation
{
    private const string NameForm = "a valid environment variable name must consist only of printable ASCII characters other than '='";

    private static readonly string[] Sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    private static readonly string[] EnvironmentFields =
        ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];

    private static readonly string[] VolumeFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

    /// <summary>All that can be named; where it can be used is decided after that.</summary>
    private static readonly string[] KnownFields =
        [.. EnvironmentFields, .. VolumeFields, "spec.restartPolicy", "spec.schedulerName", "status.phase", "spec.host"];

    private static readonly string[] Resources =
        ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    private static readonly string[] ByteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

    public static void Validate(JsonObject container, string path, ICollection<FieldError> errors)
    {
        foreach (var (variable, at) in container.Indexed("env", path))
        {
            var name = variable.Text("name") ?? "";
            if (name.Length == 0) errors.Required($"{at}.name");
            else if (!IsPrintable(name)) errors.Invalid($"{at}.name", name, NameForm);
            if (variable.Map("valueFrom") is { } source) ValidateSource(variable, source, $"{at}.valueFrom", errors);
        }

        foreach (var (source, at) in container.Indexed("envFrom", path))
        {
            if (source.Text("prefix") is { Length: > 0 } prefix && !IsPrintable(prefix)) errors.Invalid($"{at}.prefix", prefix, NameForm);
            var count = 0;
            foreach (var field in new[] { "configMapRef", "secretRef" })
            {
                if (source.Map(field) is not { } reference) continue;
                count++;
                if (reference.Lacks("name")) errors.Required($"{at}.{field}.name");
                else errors.All($"{at}.{field}.name", reference.Text("name")!, Names.DnsSubdomain(reference.Text("name")!, prefix: true));
            }

            if (count == 0) errors.Invalid($"{path}.envFrom", "", "must specify one of: `configMapRef` or `secretRef`");
            if (count > 1) errors.Invalid($"{path}.envFrom", "", "may not have more than one field specified at a time");
        }
    }

    /// <summary>A reference to a field of the pod, from a variable or from a file of a volume.</summary>
    public static void ValidateField(JsonObject reference, string path, bool inVolume, ICollection<FieldError> errors)
    {
        if (reference.Lacks("apiVersion"))
        {
            errors.Required($"{path}.apiVersion");
            return;
        }

        if (reference.Lacks("fieldPath"))
        {
            errors.Required($"{path}.fieldPath");
            return;
        }

        var field = reference.Text("fieldPath")!;
        var bracket = field.EndsWith("']", StringComparison.Ordinal) ? field.IndexOf("['", StringComparison.Ordinal) : -1;
        var name = bracket < 0 ? field : field[..bracket];
        if (reference.Text("apiVersion") != "v1")
        {
            errors.Invalid($"{path}.fieldPath", field, $"error converting fieldPath: unsupported pod version: {reference.Text("apiVersion")}");
        }
        else if (!KnownFields.Contains(name) || (bracket >= 0 && name is not ("metadata.labels" or "metadata.annotations")))
        {
            errors.Invalid($"{path}.fieldPath", field, $"error converting fieldPath: field label not supported: {field}");
        }
        else if (bracket >= 0)
        {
            var key = field[(bracket + 2)..^2];
            errors.All(path, key, Labels.Key(name == "metadata.annotations" ? key.ToLowerInvariant() : key));
        }
        else
        {
            if (name == "spec.host") name = "spec.nodeName";
            var supported = inVolume ? VolumeFields : EnvironmentFields;
            if (!supported.Contains(name)) errors.NotSupported($"{path}.fieldPath", name, supported);
        }
    }

    /// <summary>A reference to a request or limit of a container.</summary>
    public static void ValidateResource(JsonObject reference, string path, bool inVolume, ICollection<FieldError> errors)
    {
        var resource = reference.Text("resource") ?? "";
        var huge = resource.StartsWith("requests.hugepages-", StringComparison.Ordinal) || resource.StartsWith("limits.hugepages-", StringComparison.Ordinal);
        if (inVolume && reference.Lacks("containerName")) errors.Required($"{path}.containerName");
        else if (resource.Length == 0) errors.Required($"{path}.resource");
        else if (!huge && !Resources.Contains(resource)) errors.NotSupported($"{path}.resource", resource, Resources);
        if (!Quantity.TryParse(reference.Text("divisor") ?? "", out var divisor) || divisor.Value == 0) return;
        var (ok, what) = resource[(resource.IndexOf('.') + 1)..] switch
        {
            "cpu" => (divisor.ToString() is "1m" or "1", "1m and 1 are supported with the cpu resource"),
            "memory" => (ByteDivisors.Contains(divisor.ToString()), $"{string.Join(", ", ByteDivisors)} are supported with the memory resource"),
            "ephemeral-storage" => (ByteDivisors.Contains(divisor.ToString()), $"{string.Join(", ", ByteDivisors)} are supported with the local ephemeral storage resource"),
            _ => (!huge || ByteDivisors.Contains(divisor.ToString()), $"{string.Join(", ", ByteDivisors)} are supported with the hugepages resource"),
        };
        if (!ok) errors.Invalid($"{path}.divisor", resource, $"only divisor's values {what}");
    }

    /// <summary>The reasons why a key of a ConfigMap or Secret is bad.</summary>
    private static IEnumerable<string> Key(string key)
    {
        if (key.Length > 253) yield return "must be no more than 253 characters";
        if (key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            yield return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        }

        if (key is "." or "..") yield return $"must not be '{key}'";
        else if (key.StartsWith("..", StringComparison.Ordinal)) yield return "must not start with '..'";
    }

    private static void ValidateSource(JsonObject variable, JsonObject source, string path, ICollection<FieldError> errors)
    {
        if (source.Map("fieldRef") is { } field) ValidateField(field, $"{path}.fieldRef", inVolume: false, errors);
        if (source.Map("resourceFieldRef") is { } resource) ValidateResource(resource, $"{path}.resourceFieldRef", inVolume: false, errors);
        foreach (var kind in new[] { "configMapKeyRef", "secretKeyRef" })
        {
            if (source.Map(kind) is not { } reference) continue;
            errors.All($"{path}.{kind}.name", reference.Text("name") ?? "", Names.DnsSubdomain(reference.Text("name") ?? ""));
            if (reference.Lacks("key")) errors.Required($"{path}.{kind}.key");
            else errors.All($"{path}.{kind}.key", reference.Text("key")!, Key(reference.Text("key")!));
        }

        if (source.Map("fileKeyRef") is { } file) errors.Require(file, $"{path}.fileKeyRef", "volumeName", "path", "key");
        var count = Sources.Count(s => source[s] is not null);
        if (count == 0) errors.Invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
        else if (!variable.Lacks("value")) errors.Invalid(path, "", "may not be specified when `value` is not empty");
        else if (count > 1) errors.Invalid(path, "", "may not have more than one field specified at a time");
    }

    private static bool IsPrintable(string name) => name.All(c => c is >= ' ' and <= '~' and not '=');
}

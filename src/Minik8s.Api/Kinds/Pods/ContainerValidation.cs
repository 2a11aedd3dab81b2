using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of one container.</summary>
internal static class ContainerValidation
{
    public static void Validate(JsonObject container, string path, HashSet<string> volumes, HashSet<string> names, ICollection<FieldError> errors)
    {
        var name = container.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required($"{path}.name");
        }
        else
        {
            errors.All($"{path}.name", name, Names.DnsLabel(name));
            if (!names.Add(name)) errors.Duplicate($"{path}.name", name);
        }

        var image = container.Text("image") ?? "";
        if (image.Length == 0) errors.Required($"{path}.image");
        else if (image.Trim() != image) errors.Invalid($"{path}.image", image, "must not have leading or trailing whitespace");
        PodValidation.OneOf(container, path, "terminationMessagePolicy", errors, "File", "FallbackToLogsOnError");
        if (image.Length > 0) PodValidation.OneOf(container, path, "imagePullPolicy", errors, "Always", "IfNotPresent", "Never");
        ValidatePorts(container, path, errors);
        ValidateEnvironment(container, path, errors);
        ValidateMounts(container, path, volumes, errors);
        PodValidation.ValidateResources(container.Map("resources"), $"{path}.resources", errors);
        foreach (var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
        {
            if (container.Map(probe) is { } checks) ValidateProbe(checks, $"{path}.{probe}", probe == "readinessProbe", errors);
        }
    }

    private static void ValidatePorts(JsonObject container, string path, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        var i = 0;
        foreach (var port in container.Items("ports"))
        {
            var at = $"{path}.ports[{i++}]";
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (name.Length > 15) errors.Invalid($"{at}.name", name, "must be no more than 15 characters");
                if (!name.Any(char.IsAsciiLetter)) errors.Invalid($"{at}.name", name, "must contain at least one letter (a-z)");
                if (name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')) errors.Invalid($"{at}.name", name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
                if (name.Contains("--", StringComparison.Ordinal)) errors.Invalid($"{at}.name", name, "must not contain consecutive hyphens");
                if (name[0] == '-' || name[^1] == '-') errors.Invalid($"{at}.name", name, "must not begin or end with a hyphen");
                if (!names.Add(name)) errors.Duplicate($"{at}.name", name);
            }

            var number = port.Number("containerPort") ?? 0;
            if (number == 0) errors.Required($"{at}.containerPort");
            else if (number is < 1 or > 65535) errors.Invalid($"{at}.containerPort", number, "must be between 1 and 65535, inclusive");
            if (port["hostPort"] is { } host && host.Number() is not 0 and (< 1 or > 65535)) errors.Invalid($"{at}.hostPort", host, "must be between 1 and 65535, inclusive");
            PodValidation.OneOf(port, at, "protocol", errors, "TCP", "UDP", "SCTP");
        }
    }

    private static void ValidateEnvironment(JsonObject container, string path, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var variable in container.Items("env"))
        {
            var at = $"{path}.env[{i++}]";
            var name = variable.Text("name") ?? "";
            if (name.Length == 0) errors.Required($"{at}.name");
            else if (name.Any(c => c is < ' ' or > '~' or '=')) errors.Invalid($"{at}.name", name, "a valid environment variable name must consist only of printable ASCII characters other than '='");
            if (variable.Map("valueFrom") is not { } source) continue;
            if (!string.IsNullOrEmpty(variable.Text("value"))) errors.Invalid($"{at}.valueFrom", "", "may not be specified when `value` is not empty");
            if (source.Count == 0) errors.Invalid($"{at}.valueFrom", "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
            if (source.Count > 1) errors.Invalid($"{at}.valueFrom", "", "may not have more than one field specified at a time");
            if (source.Map("fieldRef") is { } field && string.IsNullOrEmpty(field.Text("fieldPath"))) errors.Required($"{at}.valueFrom.fieldRef.fieldPath");
            foreach (var kind in new[] { "configMapKeyRef", "secretKeyRef" })
            {
                if (source.Map(kind) is not { } reference) continue;
                if (string.IsNullOrEmpty(reference.Text("name"))) errors.Required($"{at}.valueFrom.{kind}.name");
                if (string.IsNullOrEmpty(reference.Text("key"))) errors.Required($"{at}.valueFrom.{kind}.key");
            }
        }
    }

    private static void ValidateMounts(JsonObject container, string path, HashSet<string> volumes, ICollection<FieldError> errors)
    {
        var paths = new HashSet<string>();
        var i = 0;
        foreach (var mount in container.Items("volumeMounts"))
        {
            var at = $"{path}.volumeMounts[{i++}]";
            var name = mount.Text("name") ?? "";
            if (name.Length == 0) errors.Required($"{at}.name");
            else if (!volumes.Contains(name)) errors.NotFound($"{at}.name", name);
            var target = mount.Text("mountPath") ?? "";
            if (target.Length == 0) errors.Required($"{at}.mountPath");
            else if (!paths.Add(target)) errors.Invalid($"{at}.mountPath", target, "must be unique");
            foreach (var field in new[] { "subPath", "subPathExpr" })
            {
                if (mount.Text(field) is not { Length: > 0 } sub) continue;
                if (sub.StartsWith('/')) errors.Invalid($"{at}.{field}", sub, "must be a relative path");
                if (sub.Split('/').Contains("..")) errors.Invalid($"{at}.{field}", sub, "must not contain '..'");
            }
        }
    }

    private static void ValidateProbe(JsonObject probe, string path, bool readiness, ICollection<FieldError> errors)
    {
        var handlers = new[] { "exec", "httpGet", "tcpSocket", "grpc" }.Where(probe.ContainsKey).ToList();
        if (handlers.Count == 0) errors.Required(path, "must specify a handler type");
        foreach (var extra in handlers.Skip(1)) errors.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type");
        if (probe.Map("exec") is { } exec && exec["command"] is not JsonArray { Count: > 0 }) errors.Required($"{path}.exec.command");
        foreach (var field in new[] { "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold" })
        {
            if (probe.Number(field) is < 0) errors.Invalid($"{path}.{field}", probe[field], "must be greater than or equal to 0");
        }

        if (!readiness && probe.Number("successThreshold") is not (null or 1)) errors.Invalid($"{path}.successThreshold", probe["successThreshold"], "must be 1");
    }
}

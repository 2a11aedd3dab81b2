using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of probes and lifecycle hooks: each has one handler that says what is done.</summary>
internal static class HandlerValidation
{
    private const string HeaderForm = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

    public static void ValidateProbe(JsonObject probe, string path, bool readiness, ICollection<FieldError> errors)
    {
        Validate(probe, path, ["exec", "httpGet", "tcpSocket", "grpc"], 0, errors);
        errors.NonNegative(probe, path, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold");
        if (probe.Number("terminationGracePeriodSeconds") is <= 0) errors.Invalid($"{path}.terminationGracePeriodSeconds", probe["terminationGracePeriodSeconds"], "must be greater than 0");
        if (readiness && probe["terminationGracePeriodSeconds"] is { } grace) errors.Invalid($"{path}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes");
        if (!readiness && probe.Number("successThreshold") is not (null or 1)) errors.Invalid($"{path}.successThreshold", probe["successThreshold"], "must be 1");
    }

    /// <summary>A lifecycle hook of a container whose pod has <paramref name="gracePeriod"/> seconds to end.</summary>
    public static void ValidateHook(JsonObject hook, string path, long gracePeriod, ICollection<FieldError> errors) =>
        Validate(hook, path, ["exec", "httpGet", "tcpSocket", "sleep"], gracePeriod, errors);

    private static void Validate(JsonObject holder, string path, string[] handlers, long gracePeriod, ICollection<FieldError> errors)
    {
        var present = handlers.Where(h => holder.Map(h) is not null).ToList();
        if (present.Count == 0)
        {
            errors.Required(path, "must specify a handler type");
            return;
        }

        foreach (var extra in present.Skip(1)) errors.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type");
        var at = $"{path}.{present[0]}";
        var handler = holder.Map(present[0])!;
        switch (present[0])
        {
            case "exec":
                if (handler["command"] is not JsonArray { Count: > 0 }) errors.Required($"{at}.command");
                break;
            case "httpGet":
                ValidateHttp(handler, at, errors);
                break;
            case "sleep":
                var seconds = handler.Number("seconds") ?? 0;
                if (seconds < 0 || seconds > gracePeriod) errors.Invalid(at, seconds, $"must be non-negative and less than terminationGracePeriodSeconds ({gracePeriod})");
                break;
            default:
                ValidatePort(handler["port"], $"{at}.port", errors);
                break;
        }
    }

    private static void ValidateHttp(JsonObject handler, string path, ICollection<FieldError> errors)
    {
        if (handler.Lacks("path")) errors.Required($"{path}.path");
        ValidatePort(handler["port"], $"{path}.port", errors);
        if (handler.Text("scheme") is var scheme and not ("HTTP" or "HTTPS")) errors.NotSupported($"{path}.scheme", scheme ?? "", "HTTP", "HTTPS");
        foreach (var header in handler.Items("httpHeaders"))
        {
            var name = header.Text("name") ?? "";
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')) errors.Invalid($"{path}.httpHeaders", name, HeaderForm);
        }
    }

    /// <summary>A port of the container by number or by name.</summary>
    private static void ValidatePort(JsonNode? port, string path, ICollection<FieldError> errors)
    {
        if (port.Text() is { } name) errors.All(path, name, Ports.Name(name));
        else errors.Range(path, port ?? 0, 1, 65535);
    }
}

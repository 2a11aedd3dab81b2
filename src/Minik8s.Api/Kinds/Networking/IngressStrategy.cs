using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>Ingresses: rules that lead hosts and paths to services.</summary>
internal sealed class IngressStrategy : StatusStrategy
{
    private const string ClassAnnotation = "kubernetes.io/ingress.class";
    private static readonly string[] BadSequences = ["//", "/./", "/../", "%2f", "%2F"];
    private static readonly string[] BadSuffixes = ["/..", "/."];

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        Validate(obj, errors);
        var annotation = obj.Map("metadata").Map("annotations").Text(ClassAnnotation);
        var name = obj.Map("spec").Text("ingressClassName");
        if (annotation is not null && name is not null && annotation != name) errors.Invalid($"annotations.{ClassAnnotation}", annotation, "must match `ingressClassName` when both are specified");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => Validate(obj, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => LoadBalancer.Validate(obj, hasMode: false, errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old)
    {
        if (obj.Map("metadata").Map("annotations")?.ContainsKey(ClassAnnotation) == true && old is null)
        {
            yield return "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";
        }
    }

    private static void Validate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        var rules = spec.Items("rules").ToList();
        if (rules.Count == 0 && spec.Map("defaultBackend") is null) errors.Invalid("spec", spec["rules"], "either `defaultBackend` or `rules` must be specified");
        if (spec.Map("defaultBackend") is { } backend) ValidateBackend(backend, "spec.defaultBackend", errors);
        for (var i = 0; i < rules.Count; i++) ValidateRule(rules[i], $"spec.rules[{i}]", errors);
        ValidateTls(spec, errors);
        if (spec.Text("ingressClassName") is { } name) errors.All("spec.ingressClassName", name, Names.DnsSubdomain(name));
    }

    private static void ValidateTls(JsonObject spec, ICollection<FieldError> errors)
    {
        var t = 0;
        foreach (var tls in spec.Items("tls"))
        {
            var path = $"spec.tls[{t++}]";
            var h = 0;
            foreach (var host in tls.Texts("hosts")) errors.All($"{path}.hosts[{h++}]", host, host.Contains('*') ? Names.WildcardSubdomain(host) : Names.DnsSubdomain(host));
            if (tls.Text("secretName") is { Length: > 0 } secret) errors.All($"{path}.secretName", secret, Names.DnsSubdomain(secret));
        }
    }

    private static void ValidateRule(JsonObject rule, string path, ICollection<FieldError> errors)
    {
        if (rule.Text("host") is { Length: > 0 } host)
        {
            if (Addresses.TryParse(host, out _)) errors.Invalid($"{path}.host", host, "must be a DNS name, not an IP address");
            errors.All($"{path}.host", host, host.Contains('*') ? Names.WildcardSubdomain(host) : Names.DnsSubdomain(host));
        }

        if (rule.Map("http") is not { } http) return;
        if (!http.Items("paths").Any()) errors.Required($"{path}.http.paths");
        var i = 0;
        foreach (var item in http.Items("paths")) ValidatePath(item, $"{path}.http.paths[{i++}]", errors);
    }

    private static void ValidatePath(JsonObject item, string path, ICollection<FieldError> errors)
    {
        var text = item.Text("path") ?? "";
        switch (item.Text("pathType"))
        {
            case null:
                errors.Required($"{path}.pathType", "pathType must be specified");
                return;
            case "Exact" or "Prefix":
                if (!text.StartsWith('/')) errors.Invalid($"{path}.path", text, "must be an absolute path");
                foreach (var bad in BadSequences.Where(b => text.Contains(b, StringComparison.Ordinal))) errors.Invalid($"{path}.path", text, $"must not contain '{bad}'");
                foreach (var bad in BadSuffixes.Where(b => text.EndsWith(b, StringComparison.Ordinal))) errors.Invalid($"{path}.path", text, $"cannot end with '{bad}'");
                break;
            case "ImplementationSpecific":
                if (text.Length > 0 && text[0] != '/') errors.Invalid($"{path}.path", text, "must be an absolute path");
                break;
            case var other:
                errors.NotSupported($"{path}.pathType", other, "Exact", "ImplementationSpecific", "Prefix");
                break;
        }

        ValidateBackend(item.Map("backend") ?? [], $"{path}.backend", errors);
    }

    private static void ValidateBackend(JsonObject backend, string path, ICollection<FieldError> errors)
    {
        var (service, resource) = (backend.Map("service"), backend.Map("resource"));
        if (service is not null && resource is not null) errors.Invalid(path, "", "cannot set both resource and service backends");
        else if (resource is not null) IngressReference.Validate(resource, $"{path}.resource", errors);
        else if (service is not null) ValidateService(service, path, errors);
        else errors.Invalid(path, "", "resource or service backend is required");
    }

    private static void ValidateService(JsonObject service, string path, ICollection<FieldError> errors)
    {
        var name = service.Text("name") ?? "";
        if (name.Length == 0) errors.Required($"{path}.service.name");
        else errors.All($"{path}.service.name", name, Names.Dns1035Label(name));
        var port = service.Map("port");
        var (portName, number) = (port.Text("name") ?? "", port.Number("number") ?? 0);
        if (portName.Length > 0 && number != 0) errors.Invalid(path, "", "cannot set both port name & port number");
        else if (portName.Length > 0) errors.All($"{path}.service.port.name", portName, Ports.Name(portName));
        else if (number != 0) foreach (var reason in Ports.Number(number)) errors.Invalid($"{path}.service.port.number", number, reason);
        else errors.Required(path, "port name or number is required");
    }
}

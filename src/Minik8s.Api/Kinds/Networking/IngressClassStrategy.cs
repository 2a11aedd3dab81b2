using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>Ingress classes: which controller is responsible, once and for all.</summary>
internal sealed partial class IngressClassStrategy : ResourceStrategy
{
    private const int MaxController = 250;
    private const string PathForm = @"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+";

    public override void ApplyDefaults(JsonObject obj) => obj.Map("spec").Map("parameters")?.Default("scope", "Cluster");

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        ValidateController(spec.Text("controller") ?? "", errors);
        if (spec.Map("parameters") is { } parameters) ValidateParameters(parameters, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        errors.Immutable("spec.controller", obj.Map("spec")?["controller"], old.Map("spec")?["controller"]);
        ValidateCreate(obj, errors);
    }

    private static void ValidateController(string controller, ICollection<FieldError> errors)
    {
        const string field = "spec.controller";
        if (controller.Length > MaxController) errors.TooLong(field, MaxController);
        if (controller.Length == 0)
        {
            errors.Required(field);
            return;
        }

        var slash = controller.IndexOf('/');
        if (slash <= 0 || slash == controller.Length - 1)
        {
            errors.Invalid(field, controller, "must be a domain-prefixed path (such as \"acme.io/foo\")");
            return;
        }

        var (host, path) = (controller[..slash], controller[(slash + 1)..]);
        errors.All(field, host, Names.DnsSubdomain(host));
        if (!Path().IsMatch(path)) errors.Invalid(field, path, $"Invalid path (regex used for validation is '{PathForm}')");
    }

    private static void ValidateParameters(JsonObject parameters, ICollection<FieldError> errors)
    {
        const string path = "spec.parameters";
        IngressReference.Validate(parameters, path, errors);
        switch (parameters.Text("scope"))
        {
            case "Namespace" when parameters.Text("namespace") is { } ns:
                errors.All($"{path}.namespace", ns, Names.DnsLabel(ns));
                break;
            case "Namespace":
                errors.Required($"{path}.namespace", "`parameters.scope` is set to 'Namespace'");
                break;
            case "Cluster" when parameters.ContainsKey("namespace"):
                errors.Forbidden($"{path}.namespace", "`parameters.scope` is set to 'Cluster'");
                break;
            case "Cluster":
                break;
            case var other:
                errors.NotSupported($"{path}.scope", other ?? "", "Cluster", "Namespace");
                break;
        }
    }

    [GeneratedRegex("^" + PathForm + "\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Path();
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>Checks of the webhook that converts between versions.</summary>
internal static class WebhookConversionValidation
{
    private const string Config = "spec.conversion.webhookClientConfig";
    private const string Versions = "spec.conversion.conversionReviewVersions";

    public static void Validate(JsonObject? webhook, ICollection<FieldError> errors)
    {
        if (webhook.Map("clientConfig") is not { } config) errors.Required(Config, "required when strategy is set to Webhook");
        else if ((config["url"] is null) == (config["service"] is null)) errors.Required(Config, "exactly one of url or service is required");
        else if (config.Text("url") is { } url) Url(url, errors);
        else Service(config.Map("service") ?? [], errors);
        ReviewVersions(webhook?["conversionReviewVersions"] as JsonArray ?? [], errors);
    }

    private static void Url(string url, ICollection<FieldError> errors)
    {
        const string form = "; desired format: https://host[/path]";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed)) errors.Required(Config + ".url", "url must be a valid URL" + form);
        else if (parsed.Scheme != "https") errors.Invalid(Config + ".url", parsed.Scheme, "'https' is the only allowed URL scheme" + form);
        else if (parsed.Host.Length == 0) errors.Invalid(Config + ".url", "", "host must be specified" + form);
        else if (parsed.UserInfo.Length > 0) errors.Invalid(Config + ".url", "", "user information is not permitted in the URL");
        else if (parsed.Fragment.Length > 0) errors.Invalid(Config + ".url", parsed.Fragment, "fragments are not permitted in the URL");
        else if (parsed.Query.Length > 0) errors.Invalid(Config + ".url", parsed.Query, "query parameters are not permitted in the URL");
    }

    private static void Service(JsonObject service, ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(service.Text("name"))) errors.Required(Config + ".service.name", "service name is required");
        if (string.IsNullOrEmpty(service.Text("namespace"))) errors.Required(Config + ".service.namespace", "service namespace is required");
        if (service.Number("port") is { } port and (< 1 or > 65535)) errors.Invalid(Config + ".service.port", port, "port is not valid: must be between 1 and 65535, inclusive");
        if (service.Text("path") is { } path && !path.StartsWith('/')) errors.Invalid(Config + ".service.path", path, "must start with a '/'");
    }

    private static void ReviewVersions(JsonArray versions, ICollection<FieldError> errors)
    {
        if (versions.Count == 0)
        {
            errors.Required(Versions);
            return;
        }

        var seen = new HashSet<string>();
        for (var i = 0; i < versions.Count; i++)
        {
            var version = versions[i].Text() ?? "";
            if (!seen.Add(version)) errors.Invalid($"{Versions}[{i}]", version, "duplicate version");
            else errors.All($"{Versions}[{i}]", version, Names.Dns1035Label(version));
        }

        if (!seen.Overlaps(["v1", "v1beta1"])) errors.Invalid(Versions, versions.DeepClone(), "must include at least one of v1, v1beta1");
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of volumes whose files are made from objects: ConfigMaps, Secrets, the pod itself, tokens, and several of these in one.</summary>
internal static class ProjectedVolumeValidation
{
    private const long MinTokenSeconds = 600;

    /// <summary>The modes and items of a ConfigMap or Secret as a volume.</summary>
    public static void ValidateItems(JsonObject source, string path, ICollection<FieldError> errors)
    {
        Paths.ValidateMode(source["defaultMode"], $"{path}.defaultMode", errors);
        foreach (var (item, at) in source.Indexed("items", path))
        {
            errors.Require(item, at, "key", "path");
            Paths.ValidateNotReserved(item.Text("path") ?? "", $"{at}.path", errors);
            Paths.ValidateMode(item["mode"], $"{at}.mode", errors);
        }
    }

    public static void ValidateDownward(JsonObject source, string path, ICollection<FieldError> errors)
    {
        Paths.ValidateMode(source["defaultMode"], $"{path}.defaultMode", errors);
        // Kubernetes names the volume, not the item, in these errors.
        foreach (var file in source.Items("items")) ValidateFile(file, path, errors);
    }

    public static void Validate(JsonObject projected, string path, ICollection<FieldError> errors)
    {
        Paths.ValidateMode(projected["defaultMode"], $"{path}.defaultMode", errors);
        var paths = new HashSet<string>();
        foreach (var (source, at) in projected.Indexed("sources", path))
        {
            foreach (var kind in new[] { "secret", "configMap" })
            {
                if (source.Map(kind) is not { } keys) continue;
                errors.Require(keys, $"{at}.{kind}", "name");
                ValidateItems(keys, $"{at}.{kind}", errors);
                foreach (var item in keys.Items("items")) Occupy(item.Text("path"), keys.Text("name"), path, paths, errors);
            }

            foreach (var file in source.Map("downwardAPI").Items("items"))
            {
                ValidateFile(file, $"{at}.downwardAPI", errors);
                Occupy(file.Text("path"), file.Text("path"), path, paths, errors);
            }

            if (source.Map("serviceAccountToken") is { } token) ValidateToken(token, $"{at}.serviceAccountToken", path, errors);
            if (source.Map("clusterTrustBundle") is { } bundle)
            {
                ValidateBundle(bundle, $"{at}.clusterTrustBundlePEM", errors);
                Occupy(bundle.Text("path"), bundle.Text("path"), path, paths, errors);
            }

            if (source.Map("podCertificate") is { } certificate) ValidateCertificate(certificate, $"{at}.podCertificate", errors);
            if (source.Count > 1) errors.Forbidden(at, "may not specify more than 1 volume type");
        }
    }

    private static void Occupy(string? target, string? owner, string path, HashSet<string> paths, ICollection<FieldError> errors)
    {
        if (!string.IsNullOrEmpty(target) && !paths.Add(target)) errors.Invalid(path, owner ?? "", "conflicting duplicate paths");
    }

    private static void ValidateFile(JsonObject file, string path, ICollection<FieldError> errors)
    {
        errors.Require(file, path, "path");
        Paths.ValidateNotReserved(file.Text("path") ?? "", $"{path}.path", errors);
        if (file.Map("fieldRef") is { } field)
        {
            EnvironmentValidation.ValidateField(field, $"{path}.fieldRef", inVolume: true, errors);
            if (file["resourceFieldRef"] is not null) errors.Invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
        }
        else if (file.Map("resourceFieldRef") is { } resource)
        {
            EnvironmentValidation.ValidateResource(resource, $"{path}.resourceFieldRef", inVolume: true, errors);
        }
        else
        {
            errors.Required(path, "one of fieldRef and resourceFieldRef is required");
        }

        Paths.ValidateMode(file["mode"], $"{path}.mode", errors);
    }

    private static void ValidateToken(JsonObject token, string path, string volume, ICollection<FieldError> errors)
    {
        var seconds = token.Number("expirationSeconds") ?? 0;
        if (seconds < MinTokenSeconds) errors.Invalid($"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
        if (seconds > 1L << 32) errors.Invalid($"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
        if (token.Lacks("path")) errors.Required($"{volume}.path");
        else Paths.ValidateNotReserved(token.Text("path")!, $"{volume}.path", errors);
    }

    private static void ValidateBundle(JsonObject bundle, string path, ICollection<FieldError> errors)
    {
        switch (bundle["name"] is not null, bundle["signerName"] is not null)
        {
            case (true, true):
                errors.Invalid(path, bundle, "only one of name and signerName may be used");
                break;
            case (true, false):
                if (bundle.Lacks("name")) errors.Required($"{path}.name", "must be a valid object name");
                if (bundle["labelSelector"] is { } selector) errors.Invalid($"{path}.labelSelector", selector, "labelSelector must be unset if name is specified");
                break;
            case (false, true):
                if (bundle.Lacks("signerName")) errors.Required($"{path}.signerName", "must be a valid signer name");
                LabelSelectorValidation.Validate(bundle.Map("labelSelector"), $"{path}.labelSelector", errors);
                break;
            default:
                errors.Required(path, "either name or signerName must be specified");
                break;
        }

        errors.Require(bundle, path, "path");
        Paths.ValidateNotReserved(bundle.Text("path") ?? "", $"{path}.path", errors);
    }

    private static void ValidateCertificate(JsonObject certificate, string path, ICollection<FieldError> errors)
    {
        errors.Require(certificate, path, "signerName", "keyType");
        foreach (var field in new[] { "credentialBundlePath", "keyPath", "certificateChainPath" })
        {
            if (certificate.Text(field) is { Length: > 0 } target) Paths.ValidateNotReserved(target, $"{path}.{field}", errors);
        }
    }
}

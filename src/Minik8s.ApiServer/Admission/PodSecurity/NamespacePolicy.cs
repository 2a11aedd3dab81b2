using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>What a namespace's <c>pod-security.kubernetes.io/*</c> labels ask for.</summary>
/// <param name="Enforce">Pods that violate it are refused.</param>
/// <param name="Audit">Violations of it belong into the audit log.</param>
/// <param name="Warn">Violations of it are told to the client.</param>
internal sealed partial record NamespacePolicy(LevelVersion Enforce, LevelVersion Audit, LevelVersion Warn)
{
    public const string Prefix = "pod-security.kubernetes.io/";

    private static readonly LevelVersion Free = new(SecurityLevel.Privileged, LevelVersion.Latest);

    /// <summary>That of a namespace without such labels.</summary>
    public static NamespacePolicy Privileged { get; } = new(Free, Free, Free);

    /// <summary>Reads the labels. One that cannot be understood is reported, and stands for the strictest level to enforce, for none to warn of.</summary>
    public static NamespacePolicy Read(IEnumerable<KeyValuePair<string, string>> labels, List<FieldError> errors)
    {
        var policy = Privileged;
        foreach (var (key, value) in labels)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            var field = $"metadata.labels[{key}]";
            policy = key[Prefix.Length..] switch
            {
                "enforce" => policy with { Enforce = policy.Enforce with { Level = Level(field, value, SecurityLevel.Restricted, errors) } },
                "enforce-version" => policy with { Enforce = policy.Enforce with { Minor = Minor(field, value, errors) } },
                "audit" => policy with { Audit = policy.Audit with { Level = Level(field, value, SecurityLevel.Privileged, errors) } },
                "audit-version" => policy with { Audit = policy.Audit with { Minor = Minor(field, value, errors) } },
                "warn" => policy with { Warn = policy.Warn with { Level = Level(field, value, SecurityLevel.Privileged, errors) } },
                "warn-version" => policy with { Warn = policy.Warn with { Minor = Minor(field, value, errors) } },
                _ => policy,
            };
        }

        return policy;
    }

    private static SecurityLevel Level(string field, string value, SecurityLevel otherwise, List<FieldError> errors)
    {
        switch (value)
        {
            case "privileged": return SecurityLevel.Privileged;
            case "baseline": return SecurityLevel.Baseline;
            case "restricted": return SecurityLevel.Restricted;
            default:
                errors.Invalid(field, (JsonNode)value, "must be one of privileged, baseline, restricted");
                return otherwise;
        }
    }

    private static int Minor(string field, string value, List<FieldError> errors)
    {
        if (value == "latest") return LevelVersion.Latest;
        if (VersionPattern().IsMatch(value) && int.TryParse(value.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)) return minor;
        errors.Invalid(field, (JsonNode)value, "must be \"latest\" or \"v1.x\"");
        return LevelVersion.Latest;
    }

    [GeneratedRegex(@"\Av1\.(0|[1-9][0-9]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();
}

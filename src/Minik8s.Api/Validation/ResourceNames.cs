using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;

namespace Minik8s.Api.Validation;

/// <summary>Checks of resource names (<c>cpu</c>, <c>requests.memory</c>, <c>example.com/gpu</c>) and their amounts (core/helper, core/validation).</summary>
public static class ResourceNames
{
    private static readonly HashSet<string> Container = ["cpu", "memory", "ephemeral-storage"];

    private static readonly HashSet<string> Standard =
    [
        "cpu", "memory", "ephemeral-storage", "storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "requests.storage",
        "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "services", "services.nodeports", "services.loadbalancers",
        "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
    ];

    private static readonly HashSet<string> Counted =
    [
        "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    ];

    /// <summary>Names that a ResourceQuota may limit without a prefix.</summary>
    public static bool IsQuotaName(string name) => name != "storage" && Standard.Contains(name) || IsHugePages(name) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal);

    /// <summary>A name without a prefix, or under <c>kubernetes.io/</c>.</summary>
    public static bool IsNative(string name) => !name.Contains('/') || name.Contains("kubernetes.io/");

    /// <summary>A resource of a third party, counted in whole numbers.</summary>
    public static bool IsExtended(string name) => !IsNative(name) && !name.StartsWith("requests.", StringComparison.Ordinal) && !Labels.Key("requests." + name).Any();

    public static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    /// <summary>Whether more may be promised than there is: requests below limits.</summary>
    public static bool IsOvercommitAllowed(string name) => IsNative(name) && !IsHugePages(name);

    public static void Validate(string name, string path, ICollection<FieldError> errors)
    {
        var before = errors.Count;
        errors.All(path, name, Labels.Key(name));
        if (errors.Count == before && !name.Contains('/') && !Standard.Contains(name) && !IsQuotaName(name)) errors.Invalid(path, name, "must be a standard resource type or fully qualified");
    }

    public static void ValidateContainer(string name, string path, ICollection<FieldError> errors)
    {
        Validate(name, path, errors);
        if (!name.Contains('/'))
        {
            if (!Container.Contains(name) && !IsHugePages(name)) errors.Invalid(path, name, "must be a standard resource for containers");
        }
        else if (!IsNative(name) && !IsExtended(name))
        {
            errors.Invalid(path, name, "doesn't follow extended resource name standard");
        }
    }

    public static void ValidateQuota(string name, string path, ICollection<FieldError> errors)
    {
        Validate(name, path, errors);
        if (!name.Contains('/') && !IsQuotaName(name)) errors.Invalid(path, name, "must be a standard resource for quota");
    }

    /// <summary>An amount: not negative, and whole where things are counted.</summary>
    public static void ValidateAmount(string name, JsonNode? value, string path, ICollection<FieldError> errors)
    {
        if (!Quantity.TryParse(value.Text() ?? "", out var quantity)) return;
        if (quantity.Value < 0) errors.Invalid(path, value, "must be greater than or equal to 0");
        if ((Counted.Contains(name) || IsExtended(name)) && quantity.Value != decimal.Truncate(quantity.Value)) errors.Invalid(path, value, "must be an integer");
    }

    /// <summary>An amount above zero.</summary>
    public static void ValidatePositive(JsonNode? value, string path, ICollection<FieldError> errors)
    {
        if (Quantity.TryParse(value.Text() ?? "", out var quantity) && quantity.Value <= 0) errors.Invalid(path, value, "must be greater than zero");
    }
}

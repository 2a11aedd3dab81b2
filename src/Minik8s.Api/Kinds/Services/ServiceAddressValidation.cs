using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Services;

/// <summary>Checks of <c>clusterIP</c>, <c>clusterIPs</c>, <c>ipFamilies</c> and <c>ipFamilyPolicy</c>, which depend on each other.</summary>
internal static class ServiceAddressValidation
{
    private const string Field = "spec.clusterIPs";

    public static void Validate(JsonObject spec, ICollection<FieldError> errors)
    {
        var (ip, ips) = (spec.Text("clusterIP") ?? "", spec.Texts("clusterIPs").ToList());
        if (ip.Length == 0)
        {
            if (ips.Count > 0) errors.Invalid(Field, spec["clusterIPs"], "must be empty when `clusterIP` is not specified");
        }
        else if (ips.Count == 0)
        {
            errors.Required(Field);
        }
        else if (ips[0] != ip)
        {
            errors.Invalid(Field, spec["clusterIPs"], "first value must match `clusterIP`");
        }

        var families = spec.Texts("ipFamilies").ToList();
        ValidateFamilies(spec, families, errors);
        if (!ValidateForm(spec, ips, errors)) return;
        if (ips.Count > 1 && ips.Take(2).Select(i => i.Contains(':')).Distinct().Count() < 2) errors.Invalid(Field, spec["clusterIPs"], "may specify no more than one IP for each IP family");
        if (ServiceTypes.IsHeadless(spec)) return;
        for (var i = 0; i < Math.Min(ips.Count, families.Count); i++)
        {
            if (families[i] is "IPv4" or "IPv6" && Addresses.IsIPv6(ips[i]) != (families[i] == "IPv6")) errors.Invalid($"{Field}[{i}]", ips[i], $"expected an {families[i]} value as indicated by `ipFamilies[{i}]`");
        }
    }

    private static void ValidateFamilies(JsonObject spec, List<string> families, ICollection<FieldError> errors)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < families.Count; i++)
        {
            if (families[i] is not ("IPv4" or "IPv6")) errors.NotSupported($"spec.ipFamilies[{i}]", families[i], "IPv4", "IPv6");
            if (!seen.Add(families[i])) errors.Duplicate($"spec.ipFamilies[{i}]", families[i]);
        }

        if (spec.Text("ipFamilyPolicy") is { } policy && policy is not ("PreferDualStack" or "RequireDualStack" or "SingleStack"))
        {
            errors.NotSupported("spec.ipFamilyPolicy", policy, "PreferDualStack", "RequireDualStack", "SingleStack");
        }
    }

    private static bool ValidateForm(JsonObject spec, List<string> ips, ICollection<FieldError> errors)
    {
        var good = true;
        for (var i = 0; i < ips.Count; i++)
        {
            if (i == 0 && ips[i] == "None")
            {
                if (ips.Count == 1) continue;
                errors.Invalid(Field, spec["clusterIPs"], "'None' must be the first and only value");
                good = false;
            }
            else if (!Addresses.TryParse(ips[i], out _))
            {
                errors.All($"{Field}[{i}]", ips[i], Addresses.Ip(ips[i]));
                good = false;
            }
        }

        if (ips.Count > 2) errors.Invalid(Field, spec["clusterIPs"], "may only hold up to 2 values");
        return good;
    }
}

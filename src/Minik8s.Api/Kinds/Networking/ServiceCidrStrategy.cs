using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>Networks that Services take their addresses from: one, or one of each IP family, for life.</summary>
internal sealed class ServiceCidrStrategy : StatusStrategy
{
    public override bool HasGeneration => false;

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        const string path = "spec.cidrs";
        var cidrs = obj.Map("spec").Texts("cidrs").ToList();
        if (cidrs.Count == 0)
        {
            errors.Required(path, "at least one CIDR required");
            return;
        }

        if (cidrs.Count > 2)
        {
            errors.Invalid(path, obj["spec"], "may only hold up to 2 values");
            return;
        }

        if (cidrs.Count == 2 && (cidrs.Any(c => !Addresses.TryParseNetwork(c, out _, out _)) || cidrs[0].Contains(':') == cidrs[1].Contains(':')))
        {
            errors.Invalid(path, obj["spec"], "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
            return;
        }

        for (var i = 0; i < cidrs.Count; i++) Validate(cidrs[i], $"{path}[{i}]", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var (now, before) = (obj.Map("spec")?["cidrs"], old.Map("spec")?["cidrs"]);
        errors.Immutable("spec.cidrs", now, before);
    }

    private static void Validate(string cidr, string path, ICollection<FieldError> errors)
    {
        if (!Addresses.TryParseNetwork(cidr, out var address, out var bits))
        {
            errors.Invalid(path, cidr, cidr.Contains('/') ? $"netip.ParsePrefix(\"{cidr}\"): unable to parse IP" : $"netip.ParsePrefix(\"{cidr}\"): no '/'");
            return;
        }

        if (!Addresses.Masked(address, bits).Equals(address)) errors.Invalid(path, cidr, "wrong CIDR format, IP doesn't match network IP address");
        if ($"{address}/{bits}" != cidr) errors.Invalid(path, cidr, "CIDR not in RFC 5952 canonical format");
    }
}

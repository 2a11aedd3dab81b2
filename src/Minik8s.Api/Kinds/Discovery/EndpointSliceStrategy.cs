using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Discovery;

/// <summary>Endpoint slices: bounded in size, of one address type for life.</summary>
internal sealed class EndpointSliceStrategy : ResourceStrategy
{
    private const int MaxEndpoints = 1000;

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var port in obj.Items("ports"))
        {
            port.Default("name", "");
            port.Default("protocol", "TCP");
        }
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        if (obj.Text("addressType") is not { Length: > 0 } type) errors.Required("addressType");
        else if (type is not ("IPv4" or "IPv6" or "FQDN")) errors.NotSupported("addressType", type, "FQDN", "IPv4", "IPv6");
        if (obj.Items("endpoints").Count() > MaxEndpoints) errors.Add(new(FieldErrorType.TooMany, "endpoints", $"{obj.Items("endpoints").Count()}", $"must have at most {MaxEndpoints} items"));
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        if (obj.Text("addressType") != old.Text("addressType")) errors.Invalid("addressType", obj["addressType"], "field is immutable");
    }
}

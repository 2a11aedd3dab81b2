using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Services;

/// <summary>Services. Their cluster addresses and node ports are assigned by the API server, which knows which are free.</summary>
internal sealed class ServiceStrategy : StatusStrategy
{
    private const int DefaultStickySeconds = 10800;

    public override bool HasGeneration => false;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is not { } spec) return;
        foreach (var port in spec.Items("ports"))
        {
            if (port["targetPort"] is null || port["targetPort"].Number() == 0 || port["targetPort"].Text() is "") port["targetPort"] = port["port"]?.DeepClone();
        }

        if (ServiceTypes.IsExternal(spec) && string.IsNullOrEmpty(spec.Text("externalTrafficPolicy"))) spec["externalTrafficPolicy"] = "Cluster";
        if (ServiceTypes.NeedsClusterIP(spec)) spec.Default("internalTrafficPolicy", "Cluster");
        if (spec.Text("type") == "LoadBalancer") spec.Default("allocateLoadBalancerNodePorts", true);
        if (spec.Text("sessionAffinity") == "ClientIP") spec.Ensure("sessionAffinityConfig").Ensure("clientIP").Default("timeoutSeconds", DefaultStickySeconds);
        else if (spec.Text("sessionAffinity") == "None") spec.Remove("sessionAffinityConfig");
        foreach (var ingress in obj.Map("status").Map("loadBalancer").Items("ingress"))
        {
            if (!string.IsNullOrEmpty(ingress.Text("ip"))) ingress.Default("ipMode", "VIP");
        }
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        ServiceCarryOver.AlignAddresses(obj.Ensure("spec"), null);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        var (spec, before) = (obj.Ensure("spec"), old.Map("spec") ?? []);
        ServiceCarryOver.AlignAddresses(spec, before);
        ServiceCarryOver.KeepAllocated(spec, before);
        ServiceCarryOver.DropUnneeded(spec, before);
    }

    public override IEnumerable<string> ValidateName(string name, bool prefix) => Names.Dns1035Label(name, prefix);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => ServiceValidation.Validate(obj, errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ServiceUpdateValidation.Validate(obj.Map("spec") ?? [], old.Map("spec") ?? [], errors);
        ServiceValidation.Validate(obj, errors);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        if (obj.Map("spec").Text("type") == "LoadBalancer") LoadBalancer.Validate(obj, hasMode: true, errors);
        else if (obj.Map("status").Map("loadBalancer").Items("ingress").Any()) errors.Forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'");
    }

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var spec = obj.Map("spec") ?? [];
        if (ServiceTypes.IsHeadless(spec))
        {
            if (!string.IsNullOrEmpty(spec.Text("loadBalancerIP"))) yield return "spec.loadBalancerIP is ignored for headless services";
            if (spec.Texts("externalIPs").Any()) yield return "spec.externalIPs is ignored for headless services";
            if (spec.Text("sessionAffinity") != "None") yield return "spec.SessionAffinity is ignored for headless services";
        }

        if (spec.Text("type") == "ExternalName" && spec.Texts("externalIPs").Any()) yield return "spec.externalIPs is ignored when spec.type is \"ExternalName\"";
        if (spec.Text("type") != "ExternalName" && !string.IsNullOrEmpty(spec.Text("externalName"))) yield return "spec.externalName is ignored when spec.type is not \"ExternalName\"";
    }
}

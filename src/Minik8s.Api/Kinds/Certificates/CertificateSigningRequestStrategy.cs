using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Certificates;

/// <summary>
/// Requests for certificates. What is asked for is fixed; whether it is granted is written through <c>approval</c>, the certificate through <c>status</c>.
/// </summary>
internal sealed class CertificateSigningRequestStrategy : StatusStrategy
{
    public const string Approval = "approval";

    /// <summary>Who asks is what the server knows of the client, never what the client says.</summary>
    private static readonly string[] RequesterFields = ["username", "uid", "groups", "extra"];

    private static readonly string[] Decisions = ["Approved", "Denied"];

    public override bool HasGeneration => false;

    /// <summary>Any name that fits into a path, which is checked for every kind.</summary>
    public override IEnumerable<string> ValidateName(string name, bool prefix) => [];

    public override void PrepareForCreate(JsonObject obj)
    {
        foreach (var field in RequesterFields) obj.Map("spec")?.Remove(field);
        obj["status"] = new JsonObject();
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        Keep(obj, old, "spec");
    }

    public override void PrepareForSubresourceUpdate(string subresource, JsonObject obj, JsonObject old)
    {
        if (subresource != Approval) return;
        var conditions = obj.Map("status")?["conditions"]?.DeepClone();
        PrepareForUpdate(obj, old);
        if (conditions is null) obj.Map("status")?.Remove("conditions");
        else obj.Ensure("status")["conditions"] = conditions;
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => CertificateSigningRequestValidation.Validate(obj, null, errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        CertificateSigningRequestValidation.Validate(obj, old, errors);
        ValidateRemovals(obj, old, errors);
        ValidateDecisions(obj, old, errors);
        if (obj.Map("status").Text("certificate") != old.Map("status").Text("certificate")) errors.Forbidden("status.certificate", "updates may not set certificate content");
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        CertificateSigningRequestValidation.Validate(obj, old, errors);
        ValidateRemovals(obj, old, errors);
        ValidateDecisions(obj, old, errors);
        var before = old.Map("status").Text("certificate") ?? "";
        if (before.Length > 0 && obj.Map("status").Text("certificate") != before) errors.Forbidden("status.certificate", "updates may not modify existing certificate content");
    }

    public override void ValidateSubresourceUpdate(string subresource, JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        if (subresource != Approval) return;
        CertificateSigningRequestValidation.Validate(obj, old, errors);
        ValidateRemovals(obj, old, errors);
    }

    private static void ValidateRemovals(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        foreach (var type in new[] { "Approved", "Denied", "Failed" })
        {
            if (Conditions(obj, type).Count < Conditions(old, type).Count) errors.Forbidden("status.conditions", $"updates may not remove a condition of type \"{type}\"");
        }
    }

    private static void ValidateDecisions(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        foreach (var type in Decisions)
        {
            var (now, before) = (Conditions(obj, type), Conditions(old, type));
            if (now.Count > before.Count) errors.Forbidden("status.conditions", $"updates may not add a condition of type \"{type}\"");
            else if (now.Count == before.Count && !now.Zip(before).All(p => JsonNode.DeepEquals(p.First, p.Second))) errors.Forbidden("status.conditions", $"updates may not modify a condition of type \"{type}\"");
        }
    }

    private static List<JsonObject> Conditions(JsonObject obj, string type) => [.. obj.Map("status").Items("conditions").Where(c => c.Text("type") == type)];
}

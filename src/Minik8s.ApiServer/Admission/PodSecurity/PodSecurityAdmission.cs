using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>
/// Keeps pods to the Pod Security Standard of their namespace (KEP 2579): what violates the enforced level is refused; what violates the level to warn of,
/// also in the template of a workload, is told to the client.
/// </summary>
internal sealed class PodSecurityAdmission(NamespacePolicies policies, Func<ResourceCache> pods, TimeProvider time) : IAdmission
{
    private readonly NamespaceReview _review = new(pods, time);

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == AdmissionOperation.Delete) return default;
        switch (request.Resource.Kind)
        {
            case { Group: "", Kind: "Namespace" }:
                if (request.Subresource.Length == 0) AdmitNamespace(request);
                break;
            case { Group: "", Kind: "Pod" }:
                if (request.Subresource is "" or "ephemeralcontainers") AdmitPod(request);
                break;
            case { Group: "" or "apps" or "batch" } kind when request.Subresource.Length == 0 && request.Resource.Namespaced:
                var policy = policies.Of(request.Namespace);
                if (policy.Warn.Level != SecurityLevel.Privileged && PodTemplates.Of(kind, request.Object) is { } template && template.Map("spec") is { } spec)
                {
                    Warn(request, policy, new PodView(template.Map("metadata"), spec));
                }

                break;
        }

        return default;
    }

    private void AdmitPod(AdmissionRequest request)
    {
        var policy = policies.Of(request.Namespace);
        if (policy.Enforce.Level == SecurityLevel.Privileged && policy.Warn.Level == SecurityLevel.Privileged) return;
        if (request.Object.Map("spec") is not { } spec || (request.Old is { } old && !PodChanges.Matter(old, request.Object))) return;
        var pod = new PodView(request.Object.Map("metadata"), spec);
        var violations = PodStandards.Violations(policy.Enforce, pod);
        if (violations.Count > 0)
        {
            throw StatusErrors.Forbidden(request.Resource.GroupResource, request.Object.Map("metadata").Text("name") ?? "", $"violates PodSecurity \"{policy.Enforce}\": {Violation.Details(violations)}");
        }

        Warn(request, policy, pod);
    }

    private static void Warn(AdmissionRequest request, NamespacePolicy policy, PodView pod)
    {
        var violations = PodStandards.Violations(policy.Warn, pod);
        if (violations.Count > 0) request.Warn($"would violate PodSecurity \"{policy.Warn}\": {Violation.Details(violations)}");
    }

    private void AdmitNamespace(AdmissionRequest request)
    {
        var errors = new List<FieldError>();
        var policy = NamespacePolicy.Read(Labels(request.Object), errors);
        var before = new List<FieldError>();
        var old = request.Old is null ? NamespacePolicy.Privileged : NamespacePolicy.Read(Labels(request.Old), before);
        var name = request.Object.Map("metadata").Text("name") ?? "";
        // Labels that were bad already do not keep the namespace from being changed otherwise.
        if (errors.Count > 0 && !errors.SequenceEqual(before)) throw StatusErrors.Invalid(request.Resource.Kind, name, errors);
        if (request.Old is null || policy.Enforce.Level == SecurityLevel.Privileged || policy.Enforce == old.Enforce) return;
        if (policy.Enforce.Minor == old.Enforce.Minor && policy.Enforce.Level <= old.Enforce.Level) return;
        foreach (var warning in _review.Warnings(name, policy.Enforce)) request.Warn(warning);
    }

    private static IEnumerable<KeyValuePair<string, string>> Labels(JsonObject obj) =>
        (obj.Map("metadata").Map("labels") ?? []).Select(l => new KeyValuePair<string, string>(l.Key, l.Value.Text() ?? ""));
}

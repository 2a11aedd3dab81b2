using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>The groups of the Kubernetes community take kinds only with a word that they were reviewed (KEP-1111).</summary>
public static class ApiApproval
{
    private const string Annotation = "api-approved.kubernetes.io";

    public static bool IsProtected(string group) =>
        group is "k8s.io" or "kubernetes.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal);

    /// <summary>The condition <c>KubernetesAPIApprovalPolicyConformant</c> of a kind in a protected group.</summary>
    public static (bool Approved, string Reason, string Message) Condition(JsonObject definition)
    {
        var text = Text(definition);
        return StateOf(text) switch
        {
            State.Approved => (true, "ApprovedAnnotation", $"approved in {text}"),
            State.Bypassed => (false, "UnapprovedAnnotation", $"not approved: \"{text}\""),
            State.Invalid => (false, "InvalidAnnotation", Reason("with either a URL or a reason starting with \"unapproved\"")),
            _ => (false, "MissingAnnotation", Reason("")),
        };
    }

    internal static void Validate(JsonObject obj, JsonObject? old, ICollection<FieldError> errors)
    {
        if (!IsProtected(obj.Map("spec").Text("group") ?? "")) return;
        var state = StateOf(Text(obj));
        if (old is not null && StateOf(Text(old)) == state) return;
        const string field = $"metadata.annotations[{Annotation}]";
        if (state == State.Missing) errors.Required(field, Reason(""));
        if (state == State.Invalid) errors.Invalid(field, Text(obj), Reason("with either a URL or a reason starting with \"unapproved\""));
    }

    private static string Reason(string with) =>
        $"protected groups must have approval annotation \"{Annotation}\"{(with.Length == 0 ? "" : " " + with)}, see https://github.com/kubernetes/enhancements/pull/1111";

    private static string Text(JsonObject obj) => obj.Map("metadata").Map("annotations").Text(Annotation) ?? "";

    private static State StateOf(string text) =>
        text.Length == 0 ? State.Missing
        : text.StartsWith("unapproved", StringComparison.Ordinal) ? State.Bypassed
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 ? State.Approved
        : State.Invalid;

    private enum State
    {
        Missing,
        Invalid,
        Bypassed,
        Approved,
    }
}

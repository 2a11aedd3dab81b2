namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>Why a pod does not keep to a standard.</summary>
/// <param name="Reason">The rule, in a few words.</param>
/// <param name="Detail">Who breaks it and how.</param>
internal sealed record Violation(string Reason, string Detail)
{
    /// <summary>All details in one line, as Kubernetes prints them.</summary>
    public static string Details(IEnumerable<Violation> violations) => string.Join(", ", violations.Select(v => v.Detail.Length == 0 ? v.Reason : $"{v.Reason} ({v.Detail})"));

    /// <summary>The rules alone in one line.</summary>
    public static string Reasons(IEnumerable<Violation> violations) => string.Join(", ", violations.Select(v => v.Reason));
}

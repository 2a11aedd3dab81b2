using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Reviews;

/// <summary>Resources that answer a question and keep nothing (<c>authentication.k8s.io</c>, <c>authorization.k8s.io</c>): they can only be created.</summary>
public static class ReviewResources
{
    public static IReadOnlyList<ResourceDefinition> All { get; } =
    [
        Review("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"),
        Review("authentication.k8s.io", "TokenReview", "tokenreviews"),
        Review("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", namespaced: true),
        Review("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        Review("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
        Review("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews"),
    ];

    /// <summary>The review at a path; null when there is none.</summary>
    public static ResourceDefinition? Find(string group, string version, string plural) =>
        All.FirstOrDefault(r => r.Kind.Group == group && r.Kind.Version == version && r.Plural == plural);

    private static ResourceDefinition Review(string group, string kind, string plural, bool namespaced = false) =>
        Define(group, "v1", kind, plural, new PlainStrategy(), TablePrinter.Default, namespaced: namespaced) with { Verbs = ["create"] };
}

using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>The rules about seccomp profiles, of which the levels share a part.</summary>
internal static class Seccomp
{
    private const string Reason = "seccompProfile";

    /// <summary>No profile but that of the runtime or a node's own may be named.</summary>
    public static Violation? Forbidden(PodView pod)
    {
        var podSets = Named(pod.SecurityContext) && !Allowed(pod.SecurityContext);
        bool Bad(JsonObject container) => Named(container.Map("securityContext")) && !Allowed(container.Map("securityContext"));
        var containers = pod.Where(Bad);
        if (!podSets && containers.Count == 0) return null;
        var contexts = pod.Containers.Where(Bad).Select(c => c.Map("securityContext"));
        if (podSets) contexts = contexts.Append(pod.SecurityContext);
        return new(Reason, $"{Wording.Setters(podSets, containers)} must not set securityContext.seccompProfile.type to {Wording.Quote(Wording.Distinct(contexts.Select(Type)))}");
    }

    /// <summary>And one of them must be named, for the pod or for each container.</summary>
    public static Violation? Required(PodView pod, int minor)
    {
        if (pod.IsWindows && minor >= 25) return null;
        if (Forbidden(pod) is { } forbidden) return forbidden;
        if (Named(pod.SecurityContext)) return null;
        var containers = pod.Where(c => !Named(c.Map("securityContext")));
        return containers.Count == 0 ? null : new(Reason, $"pod or {Wording.Containers(containers)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
    }

    private static bool Named(JsonObject? context) => context.Map("seccompProfile") is not null;

    private static bool Allowed(JsonObject? context) => Type(context) is "RuntimeDefault" or "Localhost";

    private static string Type(JsonObject? context) => context.Map("seccompProfile").Text("type") ?? "";
}

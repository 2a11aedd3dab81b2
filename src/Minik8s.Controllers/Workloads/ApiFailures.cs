using Minik8s.Client;

namespace Minik8s.Controllers.Workloads;

/// <summary>Kinds of refusals that controllers treat apart.</summary>
internal static class ApiFailures
{
    /// <summary>The namespace is on its way out: everything that is created there would be refused.</summary>
    public static bool IsNamespaceTerminating(ApiException e) => e.Status?.Details?.Causes?.Any(c => c.Reason == "NamespaceTerminating") == true;
}

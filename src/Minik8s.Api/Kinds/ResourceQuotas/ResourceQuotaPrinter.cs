using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.ResourceQuotas;

/// <summary>The row that <c>kubectl get resourcequotas</c> shows.</summary>
internal static class ResourceQuotaPrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Request", "Request represents a minimum amount of cpu/memory that a container may consume.", q => Used(q, limits: false)),
        TablePrinter.Text("Limit", "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.", q => Used(q, limits: true)),
        TablePrinter.Age);

    private static string Used(JsonElement quota, bool limits)
    {
        var status = quota.Get("status");
        return string.Join(", ", status.Get("hard").Properties()
            .Where(h => h.Name.StartsWith("limits.", StringComparison.Ordinal) == limits).OrderBy(h => h.Name, StringComparer.Ordinal)
            .Select(h => $"{h.Name}: {status.Get("used").Text(h.Name) ?? "0"}/{h.Value}"));
    }
}

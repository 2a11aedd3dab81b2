using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Scheduling;

/// <summary>The row that <c>kubectl get priorityclasses</c> shows.</summary>
internal static class PriorityClassPrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Number("Value", "The priority that pods of the class get.", c => ((JsonElement?)c).Number("value")),
        TablePrinter.Flag("Global-Default", "Whether pods that name no class get this one.", c => ((JsonElement?)c).Flag("globalDefault")),
        TablePrinter.Age,
        TablePrinter.Text("PreemptionPolicy", "Whether pods of the class push others away.", c => c.Text("preemptionPolicy") ?? ""));
}

using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.RuntimeClasses;

/// <summary>The kinds of <c>node.k8s.io</c>.</summary>
internal static class NodeResources
{
    private static readonly ITablePrinter Printer = new TablePrinter(
        TablePrinter.Name, TablePrinter.Text("Handler", "The runtime's configuration for pods of the class.", (JsonElement c) => c.Text("handler") ?? ""), TablePrinter.Age);

    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", new RuntimeClassStrategy(), Printer, namespaced: false),
    ];
}

using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Rbac;

/// <summary>The rows that <c>kubectl get</c> shows of bindings; roles have the default columns.</summary>
internal static class RbacPrinters
{
    public static ITablePrinter Binding { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Role", "The role whose rights are given.", b => $"{b.Get("roleRef").Text("kind")}/{b.Get("roleRef").Text("name")}"),
        TablePrinter.Age,
        TablePrinter.Text("Users", "Users in the binding", b => Subjects(b, "User"), 1),
        TablePrinter.Text("Groups", "Groups in the binding", b => Subjects(b, "Group"), 1),
        TablePrinter.Text("ServiceAccounts", "ServiceAccounts in the binding", b => Subjects(b, "ServiceAccount"), 1));

    private static string Subjects(JsonElement binding, string kind) => string.Join(
        ", ",
        ((JsonElement?)binding).Items("subjects").Where(s => s.Text("kind") == kind).Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")));
}

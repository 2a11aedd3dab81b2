using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Others;

/// <summary>The rows of kinds whose columns are a line or two each.</summary>
internal static class CorePrinters
{
    public static ITablePrinter Namespace { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Text("Status", "The status of the namespace", n => n.Get("status").Text("phase") ?? ""), TablePrinter.Age);

    public static ITablePrinter ConfigMap { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Number("Data", "The number of keys.", c => c.Get("data").Properties().Count() + c.Get("binaryData").Properties().Count()),
        TablePrinter.Age);

    public static ITablePrinter Secret { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Type", "What the secret is for.", s => s.Text("type") ?? ""),
        TablePrinter.Number("Data", "The number of keys.", s => s.Get("data").Properties().Count()),
        TablePrinter.Age);

    public static ITablePrinter ServiceAccount { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Number("Secrets", "The number of secrets.", s => ((JsonElement?)s).Items("secrets").Count()), TablePrinter.Age);

    public static ITablePrinter Lease { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Text("Holder", "Who holds the lease.", l => l.Get("spec").Text("holderIdentity") ?? ""), TablePrinter.Age);

    public static ITablePrinter Endpoints { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Text("Endpoints", "Addresses with ports.", EndpointList), TablePrinter.Age);

    public static ITablePrinter EndpointSlice { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("AddressType", "IPv4, IPv6 or FQDN.", s => s.Text("addressType") ?? ""),
        TablePrinter.Text("Ports", "The ports of the endpoints.", s => Shorten(((JsonElement?)s).Items("ports").Select(p => p.Text("port") ?? p.Text("name") ?? "*"), "<unset>")),
        TablePrinter.Text("Endpoints", "The addresses.", s => Shorten(((JsonElement?)s).Items("endpoints").SelectMany(e => ((JsonElement?)e).Items("addresses")).Select(a => a.GetString() ?? ""), "<unset>")),
        TablePrinter.Age);

    private static string EndpointList(JsonElement endpoints) => Shorten(
        from subset in ((JsonElement?)endpoints).Items("subsets")
        let addresses = ((JsonElement?)subset).Items("addresses").Select(a => a.Text("ip") ?? "").ToList()
        let ports = ((JsonElement?)subset).Items("ports").ToList()
        from text in ports.Count == 0 ? addresses : ports.SelectMany(p => addresses.Select(a => a.Contains(':') ? $"[{a}]:{p.Text("port")}" : $"{a}:{p.Text("port")}"))
        select text,
        "<none>");

    private static string Shorten(IEnumerable<string> items, string none)
    {
        var all = items.ToList();
        if (all.Count == 0) return none;
        var shown = string.Join(',', all.Take(3));
        return all.Count > 3 ? $"{shown} + {all.Count - 3} more..." : shown;
    }
}

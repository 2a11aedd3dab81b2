using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>The rows that <c>kubectl get</c> shows of the networking kinds.</summary>
internal static class NetworkingPrinters
{
    private const int ShownHosts = 3;

    public static ITablePrinter Ingress { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Class", "The name of the IngressClass resource that should be used for additional configuration", i => i.Get("spec").Text("ingressClassName") ?? "<none>"),
        TablePrinter.Text("Hosts", "Hosts that incoming requests are matched against before the ingress rule", Hosts),
        TablePrinter.Text("Address", "Address is a list containing ingress points for the load-balancer", LoadBalancer.Addresses),
        TablePrinter.Text("Ports", "Ports of TLS configurations that open", i => i.Get("spec").Items("tls").Any() ? "80, 443" : "80"),
        TablePrinter.Age);

    public static ITablePrinter IngressClass { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Controller", "Controller that is responsible for handling this class", c => c.Get("spec").Text("controller") ?? ""),
        TablePrinter.Text("Parameters", "A reference to a resource with additional parameters", Parameters),
        TablePrinter.Age);

    public static ITablePrinter NetworkPolicy { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Pod-Selector", "The pods to which the policy applies.", p => SelectorText.Format(p.Get("spec").Get("podSelector"))),
        TablePrinter.Age);

    public static ITablePrinter IPAddress { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Text("ParentRef", "The resource that the address belongs to.", Parent));

    public static ITablePrinter ServiceCidr { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Text("CIDRs", "The networks that Services take their addresses from.", s => string.Join(',', s.Get("spec").Items("cidrs").Select(c => c.GetString()))), TablePrinter.Age);

    private static string Hosts(JsonElement ingress)
    {
        var rules = ingress.Get("spec").Items("rules").ToList();
        var hosts = rules.Select(r => r.Text("host")).Where(h => !string.IsNullOrEmpty(h)).ToList();
        if (hosts.Count == 0) return "*";
        var shown = string.Join(',', hosts.Take(ShownHosts));
        return hosts.Count > ShownHosts ? $"{shown} + {rules.Count - ShownHosts} more..." : shown;
    }

    private static string Parameters(JsonElement ingressClass)
    {
        if (ingressClass.Get("spec").Get("parameters") is not { } parameters) return "<none>";
        var group = parameters.Text("apiGroup") is { } name ? "." + name : "";
        return $"{parameters.Text("kind")}{group}/{parameters.Text("name")}";
    }

    private static string Parent(JsonElement address)
    {
        if (address.Get("spec").Get("parentRef") is not { } parent) return "<none>";
        var group = parent.Text("group") is { Length: > 0 } name ? "." + name : "";
        var ns = parent.Text("namespace") is { Length: > 0 } space ? space + "/" : "";
        return $"{(parent.Text("resource") + group).ToLowerInvariant()}/{ns}{parent.Text("name")}";
    }
}

using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Services;

/// <summary>The row that <c>kubectl get services</c> shows.</summary>
internal static class ServicePrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Type", "How the service is exposed.", s => s.Get("spec").Text("type") ?? ""),
        TablePrinter.Text("Cluster-IP", "The virtual address of the service.", s => s.Get("spec").Text("clusterIP").OrNone()),
        TablePrinter.Text("External-IP", "Addresses from outside the cluster.", External),
        TablePrinter.Text("Port(s)", "The ports of the service.", Ports),
        TablePrinter.Age,
        TablePrinter.Text("Selector", "The labels of the pods that it sends traffic to.", Selector, 1));

    private static string External(JsonElement service)
    {
        var spec = service.Get("spec");
        var given = spec.Items("externalIPs").Select(i => i.GetString()).ToList();
        switch (spec.Text("type"))
        {
            case "ExternalName":
                return spec.Text("externalName") ?? "";
            case "LoadBalancer":
                var balancer = LoadBalancer.Addresses(service);
                var addresses = balancer.Length > 0 ? given.Prepend(balancer) : given;
                return string.Join(',', addresses) is { Length: > 0 } text ? text : "<pending>";
            default:
                return string.Join(',', given).OrNone();
        }
    }

    private static string Ports(JsonElement service) => string.Join(
        ',',
        service.Get("spec").Items("ports").Select(p => ((JsonElement?)p).Number("nodePort") is not 0 and var node
            ? $"{p.Text("port")}:{node}/{p.Text("protocol")}"
            : $"{p.Text("port")}/{p.Text("protocol")}")).OrNone();

    private static string Selector(JsonElement service) =>
        string.Join(',', service.Get("spec").Get("selector").Properties().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value}")).OrNone();
}

using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Nodes;

/// <summary>The row that <c>kubectl get nodes</c> shows.</summary>
internal static class NodePrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Status", "The status of the node", Status),
        TablePrinter.Text("Roles", "The roles of the node", Roles),
        TablePrinter.Age,
        TablePrinter.Text("Version", "Kubelet Version reported by the node.", n => n.Get("status").Get("nodeInfo").Text("kubeletVersion") ?? ""),
        TablePrinter.Text("Internal-IP", "List of addresses reachable to the node.", n => Address(n, "InternalIP"), 1),
        TablePrinter.Text("External-IP", "List of addresses reachable to the node.", n => Address(n, "ExternalIP"), 1),
        TablePrinter.Text("OS-Image", "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).", n => Info(n, "osImage"), 1),
        TablePrinter.Text("Kernel-Version", "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).", n => Info(n, "kernelVersion"), 1),
        TablePrinter.Text("Container-Runtime", "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).", n => Info(n, "containerRuntimeVersion"), 1));

    private static string Status(JsonElement node)
    {
        var ready = node.Get("status").Items("conditions").Where(c => c.Text("type") == "Ready").Select(c => c.Text("status")).FirstOrDefault();
        var text = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return node.Get("spec").Flag("unschedulable") ? text + ",SchedulingDisabled" : text;
    }

    private static string Roles(JsonElement node)
    {
        const string prefix = "node-role.kubernetes.io/";
        var roles = node.Get("metadata").Get("labels").Properties().Where(l => l.Name.StartsWith(prefix, StringComparison.Ordinal) && l.Name.Length > prefix.Length).Select(l => l.Name[prefix.Length..]);
        return string.Join(',', roles.Order(StringComparer.Ordinal)).OrNone();
    }

    private static string Address(JsonElement node, string type) =>
        node.Get("status").Items("addresses").Where(a => a.Text("type") == type).Select(a => a.Text("address")).FirstOrDefault().OrNone();

    private static string Info(JsonElement node, string field) => node.Get("status").Get("nodeInfo").Text(field) is { Length: > 0 } text ? text : "<unknown>";
}

using System.CommandLine;
using System.Net;
using Minik8s.Client;
using Minik8s.Host.Configuration;
using Minik8s.Host.Kubeconfig;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s kubeconfig node</c>: credentials for a node on another machine.</summary>
internal static class KubeconfigCommand
{
    public static Command Create()
    {
        var command = new Command("kubeconfig", "Makes kubeconfigs with credentials of this cluster.");
        command.Subcommands.Add(Node());
        return command;
    }

    private static Command Node()
    {
        var name = new Argument<string>("name") { Description = "The node's name." };
        var ips = new Option<string[]>("--node-ip") { Description = "Address at which the node's kubelet is reached; may be repeated.", HelpName = "ip", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The file to write, readable by its owner only.", HelpName = "file", Required = true };
        var command = new Command("node", "Makes the kubeconfig with which `minik8s agent` or `minik8s kubelet` joins as a node. It is as good as the node's key: keep it secret.") { name, ips, output, Settings.DataDir };
        command.SetAction((result, cancellationToken) => UsageErrors.ReportAsync(async () =>
        {
            var data = Path.GetFullPath(result.GetValue(Settings.DataDir)!);
            var server = InstanceRecord.Load(Layout.Record(data, Components.Server)) ?? throw new UsageException($"no API server has been started on {data}; run this where it runs, with its --data-dir");
            var node = result.GetValue(name)!;
            if (Api.Validation.Names.DnsSubdomain(node).FirstOrDefault() is { } reason) throw new UsageException($"\"{node}\": {reason}");
            var addresses = result.GetValue(ips)!.Select(ip => IPAddress.TryParse(ip, out var address) ? address : throw new UsageException($"--node-ip: \"{ip}\" is not an IP address")).ToList();
            try
            {
                var (ca, certificate, key) = await ClusterPki.IssueNodeAsync(Path.Combine(data, "pki"), node, addresses, TimeProvider.System, cancellationToken);
                var address = KubeconfigFile.Load(server.AdminKubeconfig).Server.ToString().TrimEnd('/');
                await KubeconfigWriter.WriteAsync(result.GetValue(output)!, server.Context ?? "minik8s", node, new KubeconfigCredentials(address, ca, certificate, key), cancellationToken);
            }
            catch (Exception e) when (e is PkiException or KubeconfigException or InvalidDataException or IOException)
            {
                throw new UsageException(e.Message);
            }

            Console.WriteLine($"copy {result.GetValue(output)} to the node and run there: minik8s agent --node-name {node} --kubeconfig {result.GetValue(output)}");
            return 0;
        }));
        return command;
    }
}

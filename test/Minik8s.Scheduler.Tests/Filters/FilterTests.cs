using k8s.Models;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Tests.Filters;

/// <summary>Each filter against the behaviour that Kubernetes documents for the plugin of the same purpose.</summary>
public sealed class FilterTests
{
    private const string Taint = "node(s) had untolerated taint(s)";
    private const string Affinity = "node(s) didn't match Pod's node affinity/selector";
    private const string Ports = "node(s) didn't have free ports for the requested pod ports";

    public static TheoryData<string, string, bool> Tolerations { get; } = new()
    {
        // taint, toleration (key,operator,value,effect), accepted
        { "dedicated=gpu:NoSchedule", "", false },
        { "dedicated=gpu:NoSchedule", "dedicated,Equal,gpu,NoSchedule", true },
        { "dedicated=gpu:NoSchedule", "dedicated,,gpu,NoSchedule", true },
        { "dedicated=gpu:NoSchedule", "dedicated,Equal,cpu,NoSchedule", false },
        { "dedicated=gpu:NoSchedule", "dedicated,Exists,,NoSchedule", true },
        { "dedicated=gpu:NoSchedule", "dedicated,Exists,,", true },
        { "dedicated=gpu:NoSchedule", "dedicated,Exists,,NoExecute", false },
        { "dedicated=gpu:NoSchedule", ",Exists,,", true },
        { "dedicated=gpu:NoSchedule", "other,Exists,,", false },
        { "dedicated=gpu:NoExecute", "", false },
        { "dedicated=gpu:NoExecute", "dedicated,Equal,gpu,NoExecute", true },
        { "dedicated=gpu:PreferNoSchedule", "", true },
        { "dedicated=:NoSchedule", "dedicated,Equal,,NoSchedule", true },
    };

    [Theory]
    [MemberData(nameof(Tolerations))]
    public void Taints_keep_away_pods_that_do_not_tolerate_them(string taint, string toleration, bool accepted)
    {
        var parts = taint.Split('=', ':');
        var node = Objects.Node("n1", n => n.Spec.Taints = [new V1Taint { Key = parts[0], Value = parts[1].Length == 0 ? null : parts[1], Effect = parts[2] }]);
        Check(new TaintFilter(), Objects.Info("p", p => p.Spec.Tolerations = Parse(toleration)), Objects.NodeInfo(node), accepted ? [] : [Taint]);
    }

    [Fact]
    public void A_node_with_several_taints_needs_a_toleration_for_each_and_gives_one_reason()
    {
        var node = Objects.NodeInfo(Objects.Node("n1", n => n.Spec.Taints = [new V1Taint { Key = "a", Effect = "NoSchedule" }, new V1Taint { Key = "b", Effect = "NoExecute" }]));
        Check(new TaintFilter(), Objects.Info("p"), node, [Taint]);
        Check(new TaintFilter(), Objects.Info("p", p => p.Spec.Tolerations = Parse("a,Exists,,")), node, [Taint]);
        Check(new TaintFilter(), Objects.Info("p", p => p.Spec.Tolerations = [.. Parse("a,Exists,,"), .. Parse("b,Exists,,")]), node, []);
    }

    [Theory]
    [InlineData(false, "", true)]
    [InlineData(true, "", false)]
    [InlineData(true, "node.kubernetes.io/unschedulable,Exists,,NoSchedule", true)]
    [InlineData(true, ",Exists,,", true)]
    [InlineData(true, "node.kubernetes.io/unschedulable,Exists,,NoExecute", false)]
    public void A_cordoned_node_takes_only_pods_that_tolerate_it(bool cordoned, string toleration, bool accepted) => Check(
        new NodeUnschedulableFilter(), Objects.Info("p", p => p.Spec.Tolerations = Parse(toleration)), Objects.NodeInfo(Objects.Node("n1", n => n.Spec.Unschedulable = cordoned)),
        accepted ? [] : ["node(s) were unschedulable"]);

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("n1", true)]
    [InlineData("n2", false)]
    public void A_pod_that_names_its_node_goes_nowhere_else(string? name, bool accepted) => Check(
        new NodeNameFilter(), Objects.Info("p", p => p.Spec.NodeName = name), Objects.NodeInfo(Objects.Node("n1")), accepted ? [] : ["node(s) didn't match the requested node name"]);

    public static TheoryData<string, bool> Expressions { get; } = new()
    {
        // key operator values; terms are separated by |, expressions of a term by &
        { "disk In ssd,nvme", true },
        { "disk In hdd", false },
        { "disk NotIn hdd", true },
        { "disk NotIn ssd", false },
        { "absent NotIn x", true },
        { "disk Exists", true },
        { "absent Exists", false },
        { "absent DoesNotExist", true },
        { "disk DoesNotExist", false },
        { "cores Gt 7", true },
        { "cores Gt 8", false },
        { "cores Lt 9", true },
        { "cores Lt 8", false },
        { "disk Gt 1", false },
        { "absent Gt 1", false },
        { "cores Gt many", false },
        { "disk In ssd & cores Gt 7", true },
        { "disk In ssd & cores Gt 9", false },
        { "disk In hdd | cores Gt 7", true },
        { "disk In hdd | cores Gt 9", false },
        { "", false },
        { "metadata.name In n1", true },
        { "metadata.name In n2", false },
        { "metadata.name NotIn n1", false },
    };

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Required_node_affinity_matches_labels_and_the_name(string terms, bool accepted)
    {
        var node = Objects.Node("n1", n => n.Metadata.Labels = new Dictionary<string, string> { ["disk"] = "ssd", ["cores"] = "8" });
        var pod = Objects.Info("p", p => p.Spec.Affinity = new V1Affinity
        {
            NodeAffinity = new V1NodeAffinity { RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector { NodeSelectorTerms = [.. terms.Split('|').Select(Term)] } },
        });
        Check(new NodeAffinityFilter(), pod, Objects.NodeInfo(node), accepted ? [] : [Affinity]);
    }

    [Theory]
    [InlineData("disk=ssd", null, true)]
    [InlineData("disk=hdd", null, false)]
    [InlineData("disk=ssd,zone=a", null, false)]
    [InlineData("disk=ssd", "disk In hdd", false)]
    [InlineData("disk=hdd", "disk In ssd", false)]
    public void A_node_selector_must_match_as_well(string selector, string? affinity, bool accepted)
    {
        var node = Objects.Node("n1", n => n.Metadata.Labels = new Dictionary<string, string> { ["disk"] = "ssd" });
        var pod = Objects.Info("p", p =>
        {
            p.Spec.NodeSelector = selector.Split(',').Select(s => s.Split('=')).ToDictionary(s => s[0], s => s[1]);
            if (affinity is not null) p.Spec.Affinity = new V1Affinity { NodeAffinity = new V1NodeAffinity { RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector { NodeSelectorTerms = [Term(affinity)] } } };
        });
        Check(new NodeAffinityFilter(), pod, Objects.NodeInfo(node), accepted ? [] : [Affinity]);
    }

    [Fact]
    public void A_preference_rejects_nothing()
    {
        var pod = Objects.Info("p", p => p.Spec.Affinity = new V1Affinity
        {
            NodeAffinity = new V1NodeAffinity { PreferredDuringSchedulingIgnoredDuringExecution = [new V1PreferredSchedulingTerm { Weight = 1, Preference = Term("absent Exists") }] },
        });
        Check(new NodeAffinityFilter(), pod, Objects.NodeInfo(Objects.Node("n1")), []);
    }

    [Theory]
    [InlineData("8080", "8080", false)]
    [InlineData("8080", "8081", true)]
    [InlineData("8080/UDP", "8080/TCP", true)]
    [InlineData("8080/UDP", "8080/UDP", false)]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080", false)]
    [InlineData("127.0.0.1:8080", "127.0.0.2:8080", true)]
    [InlineData("127.0.0.1:8080", "8080", false)]
    [InlineData("8080", "127.0.0.1:8080", false)]
    [InlineData("0.0.0.0:8080", "127.0.0.1:8080", false)]
    [InlineData("", "8080", true)]
    public void Host_ports_that_are_taken_reject(string asked, string taken, bool accepted) => Check(
        new HostPortFilter(), new PodInfo(WithPort("p", asked)), Objects.NodeInfo(Objects.Node("n1"), WithPort("other", taken)), accepted ? [] : [Ports]);

    [Fact]
    public void A_sidecar_takes_its_host_port_and_an_init_container_does_not()
    {
        V1Pod Init(string name, string? restart) => Objects.Pod(name, p => p.Spec.InitContainers = [new V1Container { Name = "i", RestartPolicy = restart, Ports = [new V1ContainerPort { ContainerPort = 1, HostPort = 8080 }] }]);
        Check(new HostPortFilter(), new PodInfo(WithPort("p", "8080")), Objects.NodeInfo(Objects.Node("n1"), Init("other", "Always")), [Ports]);
        Check(new HostPortFilter(), new PodInfo(WithPort("p", "8080")), Objects.NodeInfo(Objects.Node("n1"), Init("other", null)), []);
    }

    [Theory]
    [InlineData("1", "3", new string[0])]
    [InlineData("1", "3500m", new[] { "Insufficient cpu" })]
    [InlineData("0", "4", new string[0])]
    [InlineData("1m", "4", new[] { "Insufficient cpu" })]
    [InlineData("5", "0", new[] { "Insufficient cpu" })]
    public void Requests_must_fit_beside_those_of_the_pods_there(string asked, string taken, string[] reasons) =>
        Check(new ResourceFilter(), Objects.Info("p", cpu: asked), Objects.NodeInfo(Objects.Node("n1"), Objects.Pod("other", cpu: taken)), reasons);

    [Fact]
    public void Every_resource_that_is_short_is_named_extended_ones_too()
    {
        var pod = Objects.Info("p", p => p.Spec.Containers = [Objects.Container(("cpu", "5"), ("memory", "9Gi"), ("nvidia.com/gpu", "1"), ("ephemeral-storage", "0"))]);
        Check(new ResourceFilter(), pod, Objects.NodeInfo(Objects.Node("n1", pods: "1"), Objects.Pod("other")), ["Insufficient cpu", "Insufficient memory", "Insufficient nvidia.com/gpu", "Too many pods"]);
    }

    [Fact]
    public void A_pod_without_requests_fits_on_an_overcommitted_node() =>
        Check(new ResourceFilter(), Objects.Info("p"), Objects.NodeInfo(Objects.Node("n1", cpu: "1"), Objects.Pod("big", cpu: "2")), []);

    [Fact]
    public void Nodes_are_counted_by_the_first_filter_that_rejects_them_and_reasons_are_sorted()
    {
        NodeInfo[] nodes =
        [
            Objects.NodeInfo(Objects.Node("a", n => n.Spec.Unschedulable = true)),
            Objects.NodeInfo(Objects.Node("b", cpu: "1")),
            Objects.NodeInfo(Objects.Node("c", cpu: "1", memory: "1Gi")),
            Objects.NodeInfo(Objects.Node("d", n => n.Spec.Taints = [new V1Taint { Key = "x", Effect = "NoSchedule" }], cpu: "1")),
        ];
        var result = FilterChain.Default.Run(Objects.Info("p", p => p.Spec.Containers = [Objects.Container(("cpu", "2"), ("memory", "2Gi"))]), nodes);
        Assert.Empty(result.Feasible);
        Assert.Equal("0/4 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient cpu.", result.Message);
        Assert.Equal(WakeUps.Node | WakeUps.PodRemoved, result.WakeUps);
    }

    [Fact]
    public void A_pod_that_no_freed_room_can_help_waits_for_nodes_alone()
    {
        var result = FilterChain.Default.Run(Objects.Info("p", p => p.Spec.NodeSelector = new Dictionary<string, string> { ["zone"] = "a" }), [Objects.NodeInfo(Objects.Node("a"))]);
        Assert.Equal(WakeUps.Node, result.WakeUps);
    }

    [Fact]
    public void All_nodes_that_fit_are_offered()
    {
        var nodes = new[] { "a", "b", "c" }.Select(n => Objects.NodeInfo(Objects.Node(n, cpu: n == "b" ? "1" : "4"))).ToList();
        Assert.Equal(["a", "c"], FilterChain.Default.Run(Objects.Info("p", cpu: "2"), nodes).Feasible.Select(n => n.Name));
    }

    [Fact]
    public void Without_nodes_there_is_nothing_to_count() => Assert.Equal("no nodes available to schedule pods", FilterChain.Default.Run(Objects.Info("p"), []).Message);

    private static void Check(IFilter filter, PodInfo pod, NodeInfo node, string[] expected)
    {
        var reasons = new List<string>();
        filter.Check(pod, node, reasons);
        Assert.Equal(expected, reasons.Order(StringComparer.Ordinal));
    }

    private static List<V1Toleration> Parse(string toleration)
    {
        if (toleration.Length == 0) return [];
        var parts = toleration.Split(',').Select(p => p.Length == 0 ? null : p).ToArray();
        return [new V1Toleration { Key = parts[0], OperatorProperty = parts[1], Value = parts[2], Effect = parts[3] }];
    }

    private static V1NodeSelectorTerm Term(string text)
    {
        var requirements = text.Split('&', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split(' '))
            .Select(e => new V1NodeSelectorRequirement { Key = e[0], OperatorProperty = e[1], Values = e.Length > 2 ? e[2].Split(',') : null }).ToLookup(r => r.Key == "metadata.name");
        return new V1NodeSelectorTerm { MatchFields = [.. requirements[true]], MatchExpressions = [.. requirements[false]] };
    }

    private static V1Pod WithPort(string name, string port) => Objects.Pod(name, p =>
    {
        if (port.Length == 0) return;
        var protocol = port.Split('/');
        var address = protocol[0].Split(':');
        p.Spec.Containers[0].Ports = [new V1ContainerPort { ContainerPort = 80, HostPort = int.Parse(address[^1]), HostIP = address.Length > 1 ? address[0] : null, Protocol = protocol.Length > 1 ? protocol[1] : null }];
    });
}

using k8s.Models;
using Minik8s.Scheduler.Snapshot;
using Minik8s.Scheduler.Strategies;

namespace Minik8s.Scheduler.Tests.Strategies;

public sealed class RandomStrategyTests
{
    private readonly RandomStrategy _strategy = new(new Random(20260101));

    [Fact]
    public void A_pod_made_by_hand_goes_to_every_node_equally_often()
    {
        const int nodes = 5, draws = 10_000;
        var feasible = Enumerable.Range(0, nodes).Select(i => Objects.NodeInfo(Objects.Node($"n{i}"))).ToList();
        var counts = Enumerable.Range(0, draws).Select(_ => _strategy.Choose(Objects.Info("p"), feasible).Name).CountBy(n => n).ToDictionary();
        // Chi-square with 4 degrees of freedom: 18.5 is exceeded by chance once in a thousand times.
        var expected = (double)draws / nodes;
        Assert.Equal(nodes, counts.Count);
        Assert.True(counts.Values.Sum(c => (c - expected) * (c - expected) / expected) < 18.5, string.Join(' ', counts));
    }

    [Fact]
    public void A_pod_of_a_controller_goes_where_the_fewest_of_its_siblings_are()
    {
        NodeInfo[] feasible =
        [
            Objects.NodeInfo(Objects.Node("two"), Owned("a", "rs"), Owned("b", "rs")),
            Objects.NodeInfo(Objects.Node("one"), Owned("c", "rs")),
            Objects.NodeInfo(Objects.Node("others"), Owned("d", "rs2"), Owned("e", "rs2"), Owned("f", "rs")),
        ];
        var chosen = Enumerable.Range(0, 200).Select(_ => _strategy.Choose(new PodInfo(Owned("p", "rs")), feasible).Name).ToHashSet();
        Assert.Equal(["one", "others"], chosen.Order());
    }

    [Fact]
    public void One_node_is_no_choice()
    {
        var only = Objects.NodeInfo(Objects.Node("n1"));
        Assert.Same(only, _strategy.Choose(Objects.Info("p"), [only]));
    }

    private static V1Pod Owned(string name, string owner) => Objects.Pod(name, p => p.Metadata.OwnerReferences = [new V1OwnerReference { Uid = owner, Kind = "ReplicaSet", Name = owner, ApiVersion = "apps/v1", Controller = true }]);
}

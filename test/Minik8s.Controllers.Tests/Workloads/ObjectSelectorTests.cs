using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Tests.Workloads;

public sealed class ObjectSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "web", ["tier"] = "front" };

    [Theory]
    [InlineData("app", "In", "web,db", true)]
    [InlineData("app", "In", "db", false)]
    [InlineData("none", "In", "db", false)]
    [InlineData("app", "NotIn", "web", false)]
    [InlineData("app", "NotIn", "db", true)]
    [InlineData("none", "NotIn", "db", true)]
    [InlineData("app", "Exists", "", true)]
    [InlineData("none", "Exists", "", false)]
    [InlineData("app", "DoesNotExist", "", false)]
    [InlineData("none", "DoesNotExist", "", true)]
    public void Expressions_match_as_Kubernetes_says(string key, string operation, string values, bool expected) => Assert.Equal(
        expected,
        ObjectSelector.From(new V1LabelSelector { MatchExpressions = [new V1LabelSelectorRequirement { Key = key, OperatorProperty = operation, Values = values.Split(',') }] }).Matches(Labels));

    [Fact]
    public void All_requirements_must_be_met()
    {
        var selector = new V1LabelSelector
        {
            MatchLabels = new Dictionary<string, string> { ["app"] = "web" },
            MatchExpressions = [new V1LabelSelectorRequirement { Key = "tier", OperatorProperty = "DoesNotExist" }],
        };
        Assert.False(ObjectSelector.From(selector).Matches(Labels));
        Assert.True(ObjectSelector.From(selector).Matches(new Dictionary<string, string> { ["app"] = "web" }));
    }

    [Fact]
    public void An_absent_selector_selects_nothing_and_an_empty_one_everything()
    {
        Assert.False(ObjectSelector.From((V1LabelSelector?)null).Matches(Labels));
        Assert.True(ObjectSelector.From(new V1LabelSelector()).Matches(null));
        Assert.True(ObjectSelector.From(new V1LabelSelector()).IsEverything);
        Assert.False(ObjectSelector.From(new Dictionary<string, string>()).Matches(Labels));
    }
}

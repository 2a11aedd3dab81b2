using k8s.Models;
using Minik8s.Controllers.Namespaces;

namespace Minik8s.Controllers.Tests.Namespaces;

public sealed class NamespaceConditionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_empty_namespace_says_five_times_that_all_is_well()
    {
        var conditions = NamespaceConditions.Changed([], new NamespaceReport(), Now);
        Assert.Equal(
            ["NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure", "NamespaceDeletionContentFailure", "NamespaceContentRemaining", "NamespaceFinalizersRemaining"],
            conditions.Select(c => (string)c!["type"]!));
        Assert.All(conditions, c => Assert.Equal(("False", "2026-01-01T12:00:00Z"), ((string)c!["status"]!, (string)c["lastTransitionTime"]!)));
    }

    [Fact]
    public void What_remains_is_counted_by_kind_and_by_finalizer()
    {
        var report = new NamespaceReport();
        report.Remaining["pods."] = 2;
        report.Remaining["widgets.example.com"] = 1;
        report.Finalizers["example.com/hold"] = 1;
        report.Errors.Add("b failed");
        report.Errors.Add("a failed");
        report.DiscoveryErrors.Add("apis/x/v1: down");
        var messages = NamespaceConditions.Changed([], report, Now).ToDictionary(c => (string)c!["type"]!, c => ((string)c!["status"]!, (string)c["message"]!));
        Assert.Equal(("True", "Some resources are remaining: pods. has 2 resource instances, widgets.example.com has 1 resource instances"), messages["NamespaceContentRemaining"]);
        Assert.Equal(("True", "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"), messages["NamespaceFinalizersRemaining"]);
        Assert.Equal(("True", "Failed to delete all resource types, 2 remaining: a failed, b failed"), messages["NamespaceDeletionContentFailure"]);
        Assert.Equal(("True", "Discovery failed for some groups, 1 failing: apis/x/v1: down"), messages["NamespaceDeletionDiscoveryFailure"]);
    }

    [Fact]
    public void A_condition_that_stays_is_not_written_and_one_whose_message_changes_keeps_its_time()
    {
        var earlier = Now.AddMinutes(-5).UtcDateTime;
        var report = new NamespaceReport();
        report.Remaining["pods."] = 1;
        var present = NamespaceConditions.Changed([], report, Now.AddMinutes(-5))
            .Select(c => new V1NamespaceCondition { Type = (string)c!["type"]!, Status = (string)c["status"]!, Reason = (string)c["reason"]!, Message = (string)c["message"]!, LastTransitionTime = earlier }).ToList();
        Assert.Empty(NamespaceConditions.Changed(present, report, Now));
        report.Remaining["pods."] = 3;
        var changed = Assert.Single(NamespaceConditions.Changed(present, report, Now));
        Assert.Equal(("NamespaceContentRemaining", "2026-01-01T11:55:00Z"), ((string)changed!["type"]!, (string)changed["lastTransitionTime"]!));
    }
}

using Microsoft.Extensions.Time.Testing;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Tests.Workloads;

public sealed class ExpectationsTests
{
    private static readonly ObjectKey Owner = new("default", "web");

    private readonly FakeTimeProvider _clock = new();
    private readonly Expectations _expectations;

    public ExpectationsTests() => _expectations = new Expectations(_clock);

    [Fact]
    public void Nothing_is_expected_of_an_owner_that_did_nothing() => Assert.True(_expectations.AreMet(Owner));

    [Fact]
    public void Creations_are_met_when_all_are_seen()
    {
        _expectations.ExpectCreations(Owner, 2);
        _expectations.CreationObserved(Owner);
        Assert.False(_expectations.AreMet(Owner));
        _expectations.CreationObserved(Owner);
        Assert.True(_expectations.AreMet(Owner));
        Assert.True(_expectations.AreMet(new ObjectKey("default", "other")));
    }

    [Fact]
    public void Deletions_are_counted_by_object_and_each_once()
    {
        _expectations.ExpectDeletions(Owner, ["a", "b"]);
        _expectations.DeletionObserved(Owner, "a");
        _expectations.DeletionObserved(Owner, "a");
        _expectations.DeletionObserved(Owner, "somebody else's");
        Assert.False(_expectations.AreMet(Owner));
        _expectations.DeletionObserved(Owner, "b");
        Assert.True(_expectations.AreMet(Owner));
    }

    [Fact]
    public void What_is_not_seen_in_five_minutes_is_given_up()
    {
        _expectations.ExpectCreations(Owner, 1);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(_expectations.AreMet(Owner));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_expectations.AreMet(Owner));
    }

    [Fact]
    public void An_owner_that_is_gone_leaves_nothing_to_its_successor()
    {
        _expectations.ExpectCreations(Owner, 1);
        _expectations.Forget(Owner);
        Assert.True(_expectations.AreMet(Owner));
    }
}

using Minik8s.Proxy.Rules;
using static Minik8s.Proxy.Tests.Objects;

namespace Minik8s.Proxy.Tests.Rules;

/// <summary>A change of objects in, the transaction out.</summary>
public sealed class ChangeTests
{
    private readonly TestTable _table = new();

    [Fact]
    public void A_replaced_endpoint_changes_its_place_and_nothing_else()
    {
        Fill(1000);
        var service = Service("web", "10.43.9.9");
        _table.Set(service, Slice(service, "a", 80, Ready("10.42.0.2"), Ready("10.42.0.3"), Ready("10.42.0.4")));

        var change = _table.Set(service, Slice(service, "a", 80, Ready("10.42.0.2"), Ready("10.42.0.9"), Ready("10.42.0.4")));

        Assert.Equal(
            """
            delete element ip t endpoints-1 { 10.43.9.9 . tcp . 80 }
            delete element ip t hairpin { 10.42.0.3 . 10.42.0.3 }
            add element ip t endpoints-1 { 10.43.9.9 . tcp . 80 : 10.42.0.9 . 80 }
            add element ip t hairpin { 10.42.0.9 . 10.42.0.9 }

            """,
            Script(change));
    }

    [Fact]
    public void The_last_endpoint_moves_into_the_gap_of_one_that_goes()
    {
        Fill(10);
        var service = Service("web", "10.43.9.9");
        _table.Set(service, Slice(service, "a", 80, Ready("10.42.0.2"), Ready("10.42.0.3"), Ready("10.42.0.4"), Ready("10.42.0.5")));
        var change = _table.Set(service, Slice(service, "a", 80, Ready("10.42.0.3"), Ready("10.42.0.4"), Ready("10.42.0.5")));

        var elements = change.Items.Where(i => i.Item.Kind == TableItemKind.Element).ToDictionary(i => TestTable.Name(i.Item), i => i.New);
        Assert.Equal("10.42.0.5 . 80", elements["endpoints-0 10.43.9.9 . tcp . 80"]);
        Assert.Null(elements["endpoints-3 10.43.9.9 . tcp . 80"]);
        Assert.Equal("goto internal-3", elements["services 10.43.9.9 . tcp . 80"]);
        Assert.DoesNotContain("endpoints-1 10.43.9.9 . tcp . 80", elements.Keys);
        Assert.DoesNotContain("endpoints-2 10.43.9.9 . tcp . 80", elements.Keys);
    }

    [Fact]
    public void The_same_objects_again_change_nothing()
    {
        var service = Service("web", change: s => s.SessionAffinity = "ClientIP");
        var slice = Slice(service, "a", 80, Ready("10.42.0.2"), Ready("10.42.0.3"));
        Assert.False(_table.Set(service, slice).IsEmpty);
        Assert.True(_table.Set(service, slice).IsEmpty);
        Assert.True(_table.Set(service, slice with { Endpoints = [.. slice.Endpoints.Reverse()] }).IsEmpty);
    }

    [Fact]
    public void What_is_referred_to_comes_first_and_goes_last()
    {
        var service = Service("web");
        var added = Script(_table.Set(service, Slice(service, "a", 80, Ready("10.42.0.2")))).Split('\n');
        Assert.True(Array.IndexOf(added, "add chain ip t internal-1") < Array.FindIndex(added, l => l.StartsWith("add element ip t services")));
        Assert.True(Array.FindIndex(added, l => l.StartsWith("add map ip t endpoints-0")) < Array.FindIndex(added, l => l.StartsWith("add rule ip t endpoint-0")));

        var script = new TableScript("t").Append(_table.Remove(service));
        var removed = script.ToString().Split('\n');
        Assert.True(Array.FindIndex(removed, l => l.StartsWith("delete element ip t services")) < Array.IndexOf(removed, "flush chain ip t internal-1"));
        Assert.True(Array.IndexOf(removed, "flush chain ip t endpoint-0") < Array.IndexOf(removed, "delete map ip t endpoints-0"));
        Assert.Equal(["balance-1", "endpoint-0", "internal-1"], script.EmptiedChains.Order());
        Assert.Empty(_table.Content);
    }

    [Fact]
    public void Shared_chains_stay_until_the_last_service_that_needs_them_is_gone()
    {
        var one = Service("one", "10.43.0.1");
        var two = Service("two", "10.43.0.2");
        _table.Set(one, Slice(one, "a", 80, Ready("10.42.0.2")));
        _table.Set(two, Slice(two, "b", 80, Ready("10.42.0.2")));

        Assert.DoesNotContain(_table.Remove(one).Items, i => i.Item.Kind == TableItemKind.Chain || i.Item.Container == "hairpin");
        Assert.Contains(_table.Remove(two).Items, i => i.Item == TableItem.Chain("balance-1"));
    }

    [Fact]
    public void Of_two_services_that_want_one_address_the_older_has_it_and_the_other_takes_over_when_it_goes()
    {
        var old = Service("old", "10.43.0.1", s => s.ExternalIPs = ["203.0.113.7"]);
        var young = Service("young", "10.43.0.2", s => s.ExternalIPs = ["203.0.113.7"]);
        young.Metadata.CreationTimestamp = old.Metadata.CreationTimestamp!.Value.AddDays(1);
        _table.Set(young, Slice(young, "y", 80, Ready("10.42.0.9")));
        Assert.Equal("10.42.0.9 . 80", _table["endpoints-0 203.0.113.7 . tcp . 80"]);

        _table.Set(old, Slice(old, "o", 80, Ready("10.42.0.2")));
        Assert.Equal("10.42.0.2 . 80", _table["endpoints-0 203.0.113.7 . tcp . 80"]);
        _table.Set(young, Slice(young, "y", 80, Ready("10.42.0.8")));
        Assert.Equal("10.42.0.2 . 80", _table["endpoints-0 203.0.113.7 . tcp . 80"]);

        // Its address refuses rather than passing to someone else.
        _table.Set(old, Slice(old, "o", 80));
        Assert.Null(_table["services 203.0.113.7 . tcp . 80"]);
        Assert.Equal("goto reject-service", _table["no-endpoints 203.0.113.7 . tcp . 80"]);

        _table.Remove(old);
        Assert.Equal("10.42.0.8 . 80", _table["endpoints-0 203.0.113.7 . tcp . 80"]);
        Assert.Null(_table["no-endpoints 203.0.113.7 . tcp . 80"]);
    }

    [Fact]
    public void A_changed_affinity_time_makes_new_sets()
    {
        var service = Service("web", change: s => (s.SessionAffinity, s.SessionAffinityConfig) = ("ClientIP", Timeout(60)));
        var slice = Slice(service, "a", 80, Ready("10.42.0.2"));
        _table.Set(service, slice);
        service.Spec.SessionAffinityConfig = Timeout(90);
        var script = Script(_table.Set(service, slice));
        Assert.Contains("add set ip t affinity-90/ns/web/tcp/__10.42.0.2/80 {", script);
        Assert.Contains("delete set ip t affinity-60/ns/web/tcp/__10.42.0.2/80", script);
    }

    private static k8s.Models.V1SessionAffinityConfig Timeout(int seconds) => new() { ClientIP = new k8s.Models.V1ClientIPConfig { TimeoutSeconds = seconds } };

    private static string Script(TableChange change) => new TableScript("t").Append(change).ToString();

    /// <summary>Other services, which a change must not touch.</summary>
    private void Fill(int services)
    {
        for (var i = 0; i < services; i++)
        {
            var service = Service($"s{i}", $"10.43.{100 + (i / 250)}.{i % 250}");
            _table.Set(service, Slice(service, $"s{i}", 80, Ready("10.42.7.2"), Ready("10.42.7.3"), Ready("10.42.7.4")));
        }
    }
}

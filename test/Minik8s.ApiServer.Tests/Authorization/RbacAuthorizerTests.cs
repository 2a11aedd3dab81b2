using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Tests.Authorization;

public sealed class RbacAuthorizerTests
{
    private static readonly Lazy<TestRbac> Cluster = new(MakeCluster);

    public static TheoryData<string, string, string, string, string, string, bool> Cases()
    {
        var cases = new TheoryData<string, string, string, string, string, string, bool>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Authorization", "access-cases.txt")).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var parts = line.Split('|', StringSplitOptions.TrimEntries);
            var who = parts[0].Split(' ');
            foreach (var verb in parts[1].Split(',')) cases.Add(who[0], who[1], verb, parts[2], parts[3], parts[4], parts[5] == "yes");
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Roles_and_bindings_decide(string user, string groups, string verb, string what, string ns, string name, bool allowed)
    {
        var chain = new AuthorizerChain(new MastersAuthorizer(), Cluster.Value.Authorizer);
        var who = new UserInfo(user, [.. groups == "-" ? [] : groups.Split(','), "system:authenticated"]);
        Assert.Equal(allowed, chain.Authorize(who, Request(verb, what, ns, name)).Allowed);
    }

    [Fact]
    public void There_are_more_than_two_hundred_cases() => Assert.True(Cases().Count > 200, $"{Cases().Count} cases");

    [Fact]
    public void A_decision_names_the_binding_that_allows_and_the_roles_that_are_missing()
    {
        Assert.Equal(
            "RBAC: allowed by RoleBinding \"editors/team-a\" of ClusterRole \"edit\" to User \"alice\"",
            Cluster.Value.Authorizer.Authorize(new("alice", []), Request("get", "core/pods", "team-a", "-")).Reason);
        Assert.Equal(
            "RBAC: allowed by ClusterRoleBinding \"system:kube-dns\" of ClusterRole \"system:kube-dns\" to ServiceAccount \"kube-dns/kube-system\"",
            Cluster.Value.Authorizer.Authorize(new("system:serviceaccount:kube-system:kube-dns", []), Request("list", "core/services", "-", "-")).Reason);
        Assert.Equal(
            "RBAC: role.rbac.authorization.k8s.io \"absent\" not found",
            Cluster.Value.Authorizer.Authorize(new("erin", []), Request("get", "core/pods", "team-a", "-")).Reason);
    }

    [Fact]
    public void A_binding_counts_from_its_creation_to_its_deletion_and_for_the_subjects_it_has_now()
    {
        var rbac = new TestRbac();
        var request = Request("get", "core/pods", "a", "-");
        bool Allowed(string user) => rbac.Authorizer.Authorize(new(user, []), request).Allowed;
        rbac.Put(TestRbac.Role("a", "reader", new PolicyRule { Verbs = ["get"], ApiGroups = [""], Resources = ["pods"] }));
        Assert.False(Allowed("ann"));
        rbac.Put(TestRbac.Binding("a", "b", "Role", "reader", ("User", "ann"), ("User", "ben")));
        Assert.True(Allowed("ann") && Allowed("ben"));
        rbac.Put(TestRbac.Binding("a", "b", "Role", "reader", ("User", "ben")));
        Assert.True(!Allowed("ann") && Allowed("ben"));
        rbac.Put(TestRbac.Role("a", "reader", new PolicyRule { Verbs = ["list"], ApiGroups = [""], Resources = ["pods"] }));
        Assert.False(Allowed("ben"));
        rbac.Put(TestRbac.Role("a", "reader", new PolicyRule { Verbs = ["*"], ApiGroups = ["*"], Resources = ["pods"] }));
        Assert.True(Allowed("ben"));
        rbac.Delete(TestRbac.Binding("a", "b", "Role", "reader", ("User", "ben")));
        Assert.False(Allowed("ben"));
    }

    [Fact]
    public void Bindings_of_others_are_not_looked_at()
    {
        var rbac = new TestRbac();
        rbac.Put(TestRbac.Role("", "reader", new PolicyRule { Verbs = ["get"], ApiGroups = [""], Resources = ["pods"] }));
        for (var i = 0; i < 2000; i++)
        {
            rbac.Put(TestRbac.Binding("", $"all-{i}", "ClusterRole", "reader", ("User", $"user-{i}")));
            rbac.Put(TestRbac.Binding("a", $"one-{i}", "ClusterRole", "reader", ("Group", $"group-{i}")));
        }

        Assert.Equal(["all-7"], rbac.Index.BindingsOf(new("user-7", []), "a").Select(b => b.Binding.Name));
        Assert.Equal(["all-7", "one-3"], rbac.Index.BindingsOf(new("user-7", ["group-3"]), "a").Select(b => b.Binding.Name));
    }

    [Fact]
    public void Whoever_grants_rights_must_hold_them()
    {
        var resolver = Cluster.Value.Authorizer;
        var alice = new UserInfo("alice", ["system:authenticated"]);
        PolicyRule[] held = [new() { Verbs = ["get", "create"], ApiGroups = ["", "apps"], Resources = ["pods/exec", "deployments"] }];
        Assert.NotNull(Escalation.Check(alice, "team-a", held, resolver));
        Assert.Null(Escalation.Check(alice, "team-a", [new() { Verbs = ["get", "create"], ApiGroups = [""], Resources = ["pods/exec"] }], resolver));
        Assert.Null(Escalation.Check(alice, "team-a", [new() { Verbs = ["get"], ApiGroups = [""], Resources = ["secrets"], ResourceNames = ["x"] }], resolver));
        Assert.Equal(
            "user \"alice\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            + "{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\" \"list\"]}\n{NonResourceURLs:[\"/metrics\"], Verbs:[\"get\"]}",
            Escalation.Check(alice, "team-a", [new() { Verbs = ["get", "list"], ApiGroups = [""], Resources = ["nodes", "pods"] }, new() { Verbs = ["get"], NonResourceUrls = ["/metrics", "/api"] }], resolver));
        Assert.Contains("Verbs:[\"*\"]", Escalation.Check(alice, "team-a", PolicyRule.FullAuthority, resolver), StringComparison.Ordinal);
        // What is limited to a name does not cover what is not.
        Assert.NotNull(Escalation.Check(new("system:serviceaccount:team-a:robot", []), "team-a", [new() { Verbs = ["get"], ApiGroups = [""], Resources = ["pods"] }], resolver));
    }

    [Fact]
    public void Reconciliation_adds_what_a_default_role_lacks_and_keeps_what_was_added()
    {
        var wanted = TestRbac.Role("", "r", new PolicyRule { Verbs = ["get", "list"], ApiGroups = [""], Resources = ["pods"] });
        var present = TestRbac.Role("", "r", new PolicyRule { Verbs = ["get"], ApiGroups = [""], Resources = ["pods"] }, new PolicyRule { Verbs = ["get"], ApiGroups = [""], Resources = ["nodes"] });
        var merged = PolicyRule.Read(PolicyReconciler.Merge(present, wanted));
        Assert.Equal(3, merged.Length);
        Assert.Equal(["get", "list"], merged[2].Verbs);
        var enough = TestRbac.Role("", "r", new PolicyRule { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] });
        Assert.Single(PolicyRule.Read(PolicyReconciler.Merge(enough, wanted)));
    }

    internal static RequestInfo Request(string verb, string what, string ns, string name)
    {
        if (what[0] == '/') return new() { Path = what, Verb = verb };
        var parts = what.Split('/');
        return new()
        {
            IsResource = true,
            Path = "",
            Verb = verb,
            Group = parts[0] == "core" ? "" : parts[0],
            Version = "v1",
            Resource = parts[1],
            Subresource = parts.Length > 2 ? parts[2] : "",
            Namespace = ns == "-" ? "" : ns,
            Name = name == "-" ? "" : name,
        };
    }

    private static TestRbac MakeCluster()
    {
        var rbac = TestRbac.WithDefaults();
        rbac.Put(TestRbac.Binding("team-a", "editors", "ClusterRole", "edit", ("User", "alice")));
        rbac.Put(TestRbac.Binding("team-a", "admins", "ClusterRole", "admin", ("User", "bob")));
        rbac.Put(TestRbac.Binding("team-a", "viewers", "ClusterRole", "view", ("Group", "viewers")));
        rbac.Put(TestRbac.Binding("", "carol", "ClusterRole", "view", ("User", "carol")));
        rbac.Put(TestRbac.Role("team-a", "one-pod", new PolicyRule { Verbs = ["get", "watch"], ApiGroups = [""], Resources = ["pods"], ResourceNames = ["web"] }));
        rbac.Put(TestRbac.Binding("team-a", "robots", "Role", "one-pod", ("ServiceAccount", "robot")));
        rbac.Put(TestRbac.Role("", "scaler", new PolicyRule { Verbs = ["get", "update"], ApiGroups = ["*"], Resources = ["*/scale"] }));
        rbac.Put(TestRbac.Binding("", "dave", "ClusterRole", "scaler", ("User", "dave")));
        rbac.Put(TestRbac.Binding("team-a", "erin", "Role", "absent", ("User", "erin")));
        return rbac;
    }
}

using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.ServiceAccounts;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.ServiceAccounts;

public sealed class NamespaceObjectTests : IDisposable
{
    private readonly ReconcileTable _table = new();
    private readonly NamespaceObjectReconciler<V1ServiceAccount> _accounts;
    private readonly NamespaceObjectReconciler<V1ConfigMap> _certificates;

    public NamespaceObjectTests()
    {
        _accounts = new(_table.Cache<V1Namespace>(), _table.Cache<V1ServiceAccount>(), _table.Api.Client.Resource<V1ServiceAccount>(), NamespaceObjects.ServiceAccount, (_, _) => true);
        _certificates = new(
            _table.Cache<V1Namespace>(), _table.Cache<V1ConfigMap>(), _table.Api.Client.Resource<V1ConfigMap>(), ns => NamespaceObjects.RootCertificate(ns, "PEM"), NamespaceObjects.SameData);
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task Every_namespace_gets_a_default_account_and_the_root_certificate_once()
    {
        _table.Given(Namespace());
        await _accounts.ReconcileAsync("team", default);
        await _certificates.ReconcileAsync("team", default);
        Assert.NotNull(_table.Api.Find<V1ServiceAccount>("default", "team"));
        Assert.Equal("PEM", _table.Api.Find<V1ConfigMap>("kube-root-ca.crt", "team")!.Data["ca.crt"]);
        _table.Sync();
        _table.Clear();
        await _accounts.ReconcileAsync("team", default);
        await _certificates.ReconcileAsync("team", default);
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_certificate_that_somebody_changed_is_put_right_and_keeps_its_labels()
    {
        _table.Given(Namespace());
        var map = NamespaceObjects.RootCertificate("team", "forged");
        map.Metadata.Labels = new Dictionary<string, string> { ["kept"] = "yes" };
        _table.Given(map);
        await _certificates.ReconcileAsync("team", default);
        var present = _table.Api.Find<V1ConfigMap>("kube-root-ca.crt", "team")!;
        Assert.Equal(("PEM", "yes"), (present.Data["ca.crt"], present.Metadata.Labels["kept"]));
    }

    [Fact]
    public async Task A_namespace_that_goes_away_gets_nothing()
    {
        var ns = Namespace();
        ns.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Given(ns);
        await _accounts.ReconcileAsync("team", default);
        await _accounts.ReconcileAsync("absent", default);
        Assert.Empty(_table.Api.Requests);
    }

    [Theory]
    [InlineData(409, "AlreadyExists")]
    [InlineData(404, "NotFound")]
    public async Task An_account_that_is_there_already_and_a_namespace_that_is_gone_are_no_failures(int code, string reason)
    {
        _table.Given(Namespace());
        _table.Api.Refuse("create serviceaccounts", code, reason);
        await _accounts.ReconcileAsync("team", default);
        _table.Api.Refuse("create serviceaccounts", 403, "Forbidden", "quota");
        await Assert.ThrowsAsync<ApiException>(() => _accounts.ReconcileAsync("team", default));
    }

    private static V1Namespace Namespace() => new() { Metadata = new V1ObjectMeta { Name = "team" } };
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Minik8s.Client.Tests;

public sealed class ResourceClientTests
{
    private const string Pods = "api/v1/namespaces/default/pods";

    [Fact]
    public async Task An_object_is_created_read_changed_and_deleted()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        var pods = client.Resource<V1Pod>();

        var made = await pods.CreateAsync(Pod("web"));
        Assert.Equal("v1", api.Get(Pods, "web")!["apiVersion"]!.GetValue<string>());
        Assert.Equal("Pod", api.Get(Pods, "web")!["kind"]!.GetValue<string>());
        Assert.NotNull(made.Metadata.ResourceVersion);

        made.Metadata.Labels = new Dictionary<string, string> { ["a"] = "b" };
        var updated = await pods.UpdateAsync(made);
        Assert.Equal("b", updated.Metadata.Labels["a"]);

        made.Status = new V1PodStatus { Phase = "Running" };
        var conflict = await Assert.ThrowsAsync<ApiException>(() => pods.UpdateStatusAsync(made));
        Assert.True(conflict.IsConflict);
        Assert.False(conflict.IsAlreadyExists);

        updated.Status = made.Status;
        Assert.Equal("Running", (await pods.UpdateStatusAsync(updated)).Status.Phase);

        var patched = await pods.PatchAsync("web", "default", PatchKind.Merge, """{"metadata":{"labels":{"c":"d"}}}"""u8.ToArray());
        Assert.Equal("d", patched.Metadata.Labels["c"]);

        await pods.DeleteAsync("web", "default", new DeleteOptions { GracePeriodSeconds = 0, Uid = patched.Metadata.Uid });
        Assert.Null(await pods.FindAsync("web", "default"));
        var missing = await Assert.ThrowsAsync<ApiException>(() => pods.GetAsync("web", "default"));
        Assert.True(missing.IsNotFound);
        Assert.Equal("NotFound", missing.Reason);
    }

    [Fact]
    public async Task Creating_twice_is_AlreadyExists()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        await client.Resource<V1Pod>().CreateAsync(Pod("web"));
        var e = await Assert.ThrowsAsync<ApiException>(() => client.Resource<V1Pod>().CreateAsync(Pod("web")));
        Assert.True(e.IsAlreadyExists);
        Assert.False(e.IsConflict);
    }

    [Fact]
    public async Task A_pod_is_bound_through_its_subresource()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        var pods = client.Resource<V1Pod>();
        await pods.CreateAsync(Pod("web"));
        await pods.CreateSubresourceAsync("web", "default", "binding", new V1Binding
        {
            ApiVersion = "v1",
            Kind = "Binding",
            Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "default" },
            Target = new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = "n1" },
        });
        Assert.Equal("n1", (await pods.GetAsync("web", "default")).Spec.NodeName);
    }

    [Fact]
    public async Task A_list_gives_items_and_version_and_asks_with_its_options()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        api.Put(Pods, Text("a"));
        api.Put("api/v1/namespaces/other/pods", Text("b"));

        var all = await client.Resource<V1Pod>().ListAsync(new ListOptions { LabelSelector = "x=y,z", FieldSelector = "spec.nodeName=n1", Limit = 5, ResourceVersion = "0" });
        Assert.Equal(["a", "b"], all.Items.Select(pod => pod.Metadata.Name));
        Assert.Equal("102", all.ResourceVersion);
        Assert.Null(all.Continue);
        Assert.Contains("GET /api/v1/pods?labelSelector=x%3Dy%2Cz&fieldSelector=spec.nodeName%3Dn1&limit=5&resourceVersion=0", api.Requests);

        var one = await client.Resource<V1Pod>().ListAsync(new ListOptions { Namespace = "other" });
        Assert.Equal("b", Assert.Single(one.Items).Metadata.Name);
    }

    [Fact]
    public async Task A_watch_gives_the_events_in_order_and_ends_with_the_server()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        api.Put(Pods, Text("a"));
        api.Put(Pods, Text("a"));
        api.Remove(Pods, "a");

        var seen = new List<string>();
        await foreach (var e in client.Resource<V1Pod>().WatchAsync(new ListOptions { ResourceVersion = "100" }))
        {
            seen.Add($"{e.Type} {e.Object.Metadata.Name} {e.Object.Metadata.ResourceVersion}");
            if (seen.Count == 3)
                api.EndWatches();
        }
        Assert.Equal(["Added a 101", "Modified a 102", "Deleted a 103"], seen);
    }

    [Fact]
    public async Task A_watch_from_a_compacted_version_is_Gone()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        api.Put(Pods, Text("a"));
        api.Compact();
        var e = await Assert.ThrowsAsync<ApiException>(async () =>
        {
            await foreach (var _ in client.Resource<V1Pod>().WatchAsync(new ListOptions { ResourceVersion = "100" }))
                Assert.Fail("no event is expected");
        });
        Assert.True(e.IsGone);
        Assert.Equal(410, e.Code);
    }

    [Fact]
    public async Task A_cancelled_watch_stops()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = api.Client();
        api.Put(Pods, Text("a"));
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.Resource<V1Pod>().WatchAsync(new ListOptions { ResourceVersion = "100" }, stop.Token))
                await stop.CancelAsync();
        });
    }

    [Fact]
    public async Task A_refusal_that_is_no_Status_keeps_its_text()
    {
        var e = ApiException.FromBody(502, "<html>bad gateway</html>"u8);
        Assert.Equal("the server answered 502: <html>bad gateway</html>", e.Message);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Over_TLS_the_server_is_checked_against_the_given_authority_and_the_client_shows_its_certificate()
    {
        using var serverCertificate = Certificate("CN=server", forServer: true);
        using var clientCertificate = Certificate("CN=client", forServer: false);
        await using var api = await FakeApi.StartAsync(serverCertificate);
        var config = new ClientConfig
        {
            Server = api.Address,
            CertificateAuthorities = [X509CertificateLoader.LoadCertificate(serverCertificate.RawData)],
            ClientCertificate = () => clientCertificate,
            BearerToken = () => "secret",
        };
        using (var client = new KubeClient(config))
        {
            Assert.Empty((await client.Resource<V1Node>().ListAsync()).Items);
            await using var watch = client.Resource<V1Node>().WatchAsync(new ListOptions { ResourceVersion = "100" }).GetAsyncEnumerator();
            var next = watch.MoveNextAsync();
            api.Put("api/v1/nodes", Text("n1"));
            Assert.True(await next);
            Assert.Equal("n1", watch.Current.Object.Metadata.Name);
        }
        Assert.All(api.ClientThumbprints, thumbprint => Assert.Equal(clientCertificate.Thumbprint, thumbprint));
        Assert.NotEmpty(api.ClientThumbprints);
        Assert.Contains("Bearer secret", api.Authorizations);
        Assert.All(api.Protocols, protocol => Assert.Equal("HTTP/2", protocol));

        using var other = Certificate("CN=other", forServer: true);
        using var wrong = new KubeClient(config with { CertificateAuthorities = [X509CertificateLoader.LoadCertificate(other.RawData)] });
        await Assert.ThrowsAsync<HttpRequestException>(() => wrong.Resource<V1Node>().ListAsync());
    }

    internal static X509Certificate2 Certificate(string subject, bool forServer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (forServer)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    private static V1Pod Pod(string name) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = new V1PodSpec { Containers = [new V1Container { Name = "c", Image = "i" }] },
    };

    private static string Text(string name) => new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }.ToJsonString();
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Client;
using Minik8s.Kubelet.Env;
using Minik8s.Kubelet.Volumes;

namespace Minik8s.Kubelet.Tests;

public sealed class TokenSourceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly HttpListener _server = new();
    private readonly List<JsonNode> _requests = [];
    private readonly KubeClient _client;
    private readonly V1Pod _pod = new()
    {
        Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "a", Uid = "u1" },
        Spec = new V1PodSpec { ServiceAccountName = "runner" },
    };

    private volatile bool _broken;

    public TokenSourceTests()
    {
        var port = FreePort();
        _server.Prefixes.Add($"http://127.0.0.1:{port}/");
        _server.Start();
        _ = AnswerAsync();
        _client = new KubeClient(new ClientConfig { Server = new Uri($"http://127.0.0.1:{port}") });
    }

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Close();
    }

    [Fact]
    public async Task A_token_is_kept_until_four_fifths_of_its_life_have_passed()
    {
        var source = new ApiTokenSource(_client, _time);
        Assert.Equal("token-1", await source.TokenAsync(_pod, null, 3600, Cancel));
        _time.Advance(TimeSpan.FromMinutes(47));
        Assert.Equal("token-1", await source.TokenAsync(_pod, null, 3600, Cancel));
        Assert.Equal("token-2", await source.TokenAsync(_pod, "vault", 3600, Cancel));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("token-3", await source.TokenAsync(_pod, null, 3600, Cancel));
        source.Forget("u1");
        Assert.Equal("token-4", await source.TokenAsync(_pod, null, 3600, Cancel));
        var asked = _requests[0]["spec"]!;
        Assert.Equal("""{"apiVersion":"v1","kind":"Pod","name":"web","uid":"u1"}""", asked["boundObjectRef"]!.ToJsonString());
        Assert.Equal("""["vault"]""", _requests[1]["spec"]!["audiences"]!.ToJsonString());
    }

    [Fact]
    public async Task While_the_server_is_away_the_present_token_serves_to_its_end()
    {
        var source = new ApiTokenSource(_client, _time);
        Assert.Equal("token-1", await source.TokenAsync(_pod, null, 600, Cancel));
        _broken = true;
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("token-1", await source.TokenAsync(_pod, null, 600, Cancel));
        _time.Advance(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<ApiException>(() => source.TokenAsync(_pod, null, 600, Cancel));
    }

    [Fact]
    public async Task A_projected_volume_holds_token_authority_and_namespace()
    {
        var volume = new V1Volume
        {
            Name = "kube-api-access",
            Projected = new V1ProjectedVolumeSource
            {
                DefaultMode = 0x1A4,
                Sources =
                [
                    new V1VolumeProjection { ServiceAccountToken = new V1ServiceAccountTokenProjection { ExpirationSeconds = 3607, Path = "token" } },
                    new V1VolumeProjection { ConfigMap = new V1ConfigMapProjection { Name = "kube-root-ca.crt", Items = [new V1KeyToPath { Key = "ca.crt", Path = "ca.crt" }] } },
                    new V1VolumeProjection { DownwardAPI = new V1DownwardAPIProjection { Items = [new V1DownwardAPIVolumeFile { Path = "namespace", FieldRef = new V1ObjectFieldSelector { FieldPath = "metadata.namespace" } }] } },
                ],
            },
        };
        var files = await new VolumeContent(new Maps(), new ApiTokenSource(_client, _time), _pod).FilesAsync(volume, Cancel);
        Assert.NotNull(files);
        Assert.Equal(["ca.crt", "namespace", "token"], files.Keys.Order());
        Assert.Equal("token-1", Encoding.UTF8.GetString(files["token"].Content));
        Assert.Equal("a", Encoding.UTF8.GetString(files["namespace"].Content));
        Assert.Equal("authority", Encoding.UTF8.GetString(files["ca.crt"].Content));
    }

    private async Task AnswerAsync()
    {
        while (_server.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _server.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var request = (await JsonNode.ParseAsync(context.Request.InputStream))!;
            _requests.Add(request);
            var seconds = request["spec"]!["expirationSeconds"]!.GetValue<long>();
            var answer = new JsonObject
            {
                ["status"] = new JsonObject { ["token"] = $"token-{_requests.Count}", ["expirationTimestamp"] = (_time.GetUtcNow() + TimeSpan.FromSeconds(seconds)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") },
            };
            Assert.Equal("/api/v1/namespaces/a/serviceaccounts/runner/token", context.Request.Url!.AbsolutePath);
            context.Response.StatusCode = _broken ? 503 : 201;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(_broken ? "{}" : answer.ToJsonString()));
            context.Response.Close();
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Maps : IConfigSource
    {
        public Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string ns, string name, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, byte[]>?>(new Dictionary<string, byte[]> { ["ca.crt"] = "authority"u8.ToArray() });

        public Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string ns, string name, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyDictionary<string, byte[]>?>(null);
    }
}

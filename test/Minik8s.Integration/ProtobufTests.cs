using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Minik8s.Integration;

/// <summary>Bodies in the encoding that typed Go clients prefer. The pod of the fixtures was encoded along Kubernetes' own descriptors, as Go's encoder does it.</summary>
public sealed class ProtobufTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>, IDisposable
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    private readonly HttpClient _client = shared.Plane.Client();

    [Fact]
    public async Task A_pod_in_protobuf_is_the_pod_that_it_is_in_json()
    {
        const string path = "/api/v1/namespaces/default/pods?dryRun=All&fieldManager=typed";
        var (code, typed) = await Post(path, Convert.FromBase64String(await File.ReadAllTextAsync(Fixture("pod.base64"))), Protobuf);
        Assert.True(code == HttpStatusCode.Created, typed.ToJsonString());
        var (_, plain) = await Post(path, await File.ReadAllBytesAsync(Fixture("pod.json")), "application/json");
        foreach (var pod in new[] { plain, typed })
        {
            foreach (var own in new[] { "uid", "creationTimestamp", "managedFields" }) pod["metadata"]!.AsObject().Remove(own);
        }

        Assert.True(JsonNode.DeepEquals(plain, typed), $"{plain.ToJsonString()}\n{typed.ToJsonString()}");
    }

    [Fact]
    public async Task A_kind_that_has_no_protobuf_is_an_unsupported_media_type()
    {
        var (code, status) = await Post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "k8s\0"u8.ToArray(), Protobuf);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, code);
        Assert.Equal("UnsupportedMediaType", status["reason"]!.GetValue<string>());
    }

    public void Dispose() => _client.Dispose();

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "Protobuf", name);

    private async Task<(HttpStatusCode Code, JsonNode Body)> Post(string path, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var response = await _client.PostAsync(new Uri(path, UriKind.Relative), content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}

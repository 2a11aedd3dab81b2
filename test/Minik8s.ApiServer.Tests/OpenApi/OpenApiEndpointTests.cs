using System.Net;
using System.Net.Http.Headers;
using Minik8s.Api.Kinds;

namespace Minik8s.ApiServer.Tests.OpenApi;

public sealed class OpenApiEndpointTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private OpenApiServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await OpenApiServer.StartAsync(BuiltInResources.All);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("/openapi/v2", null, 200, "application/json")]
    [InlineData("/openapi/v2", "*/*", 200, "application/json")]
    [InlineData("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", 200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")]
    [InlineData("/openapi/v2", "application/json;q=0.5, application/com.github.proto-openapi.spec.v2.v1.0+protobuf", 200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")]
    [InlineData("/openapi/v2", "application/xml", 406, null)]
    [InlineData("/openapi/v2", "application/json;q=0", 406, null)]
    [InlineData("/openapi/v3", "application/json", 200, "application/json")]
    [InlineData("/openapi/v3/", "application/json, */*", 200, "application/json")]
    [InlineData("/openapi/v3/api/v1", "application/json", 200, "application/json")]
    [InlineData("/openapi/v3/api/v1", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", 406, null)]
    [InlineData("/openapi/v3/api/v7", "application/json", 404, "text/plain")]
    [InlineData("/openapi/v3/api/v1/../../x", "application/json", 404, null)]
    public async Task Documents_come_in_the_form_that_is_asked_for(string path, string? accept, int code, string? type)
    {
        using var response = await Send(HttpMethod.Get, path, r =>
        {
            if (accept is not null) r.Headers.TryAddWithoutValidation("Accept", accept);
        });
        Assert.Equal(code, (int)response.StatusCode);
        if (type is not null) Assert.Equal(type, response.Content.Headers.ContentType!.ToString().Split(';')[0]);
    }

    [Fact]
    public async Task A_document_that_has_not_changed_is_not_sent_again()
    {
        using var first = await Send(HttpMethod.Get, "/openapi/v3/api/v1");
        using var second = await Send(HttpMethod.Get, "/openapi/v3/api/v1", r => r.Headers.IfNoneMatch.Add(first.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task The_hash_in_the_url_lets_a_client_keep_the_document()
    {
        using var current = await Send(HttpMethod.Get, "/openapi/v3/api/v1");
        var hash = current.Headers.ETag!.Tag.Trim('"');
        using var kept = await Send(HttpMethod.Get, "/openapi/v3/api/v1?hash=" + hash);
        Assert.Equal("public, immutable", kept.Headers.GetValues("Cache-Control").Single());
        Assert.NotNull(kept.Content.Headers.Expires);
        using var stale = await Send(HttpMethod.Get, "/openapi/v3/api/v1?hash=0");
        Assert.Equal(HttpStatusCode.MovedPermanently, stale.StatusCode);
        Assert.Equal("/openapi/v3/api/v1?hash=" + hash, stale.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Clients_that_take_gzip_get_it()
    {
        using var plain = await Send(HttpMethod.Get, "/openapi/v3/api/v1");
        using var packed = await Send(HttpMethod.Get, "/openapi/v3/api/v1", r => r.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip")));
        Assert.Equal("gzip", packed.Content.Headers.ContentEncoding.Single());
        var size = packed.Content.Headers.ContentLength!.Value;
        await using var stream = new System.IO.Compression.GZipStream(await packed.Content.ReadAsStreamAsync(Cancel), System.IO.Compression.CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        await stream.CopyToAsync(unpacked, Cancel);
        var text = await plain.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal(text, unpacked.ToArray());
        Assert.True(size * 4 < text.Length);
    }

    [Fact]
    public async Task Only_reading_is_allowed()
    {
        using var response = await Send(HttpMethod.Delete, "/openapi/v2");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_server.Url, path));
        change?.Invoke(request);
        return await _client.SendAsync(request, Cancel);
    }
}

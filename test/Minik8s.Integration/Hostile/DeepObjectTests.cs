using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Minik8s.Testing;

namespace Minik8s.Integration.Hostile;

/// <summary>Objects nested as deeply as a body may be are refused, or served in every form; none of them harms the server or the requests of others.</summary>
public sealed class DeepObjectTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>, IDisposable
{
    private const string Revisions = "/apis/apps/v1/namespaces/default/controllerrevisions";
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Burrows = "/apis/deep.example.com/v1/namespaces/default/burrows";

    private readonly HttpClient _client = shared.Plane.Client();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(63)]
    [InlineData(120)]
    [InlineData(400)]
    public async Task A_revision_with_deep_data_is_served_or_refused(int depth)
    {
        var name = $"deep-{depth}";
        var body = $$$"""{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"{{{name}}}"},"revision":1,"data":{{{Nested(depth)}}}}""";
        await Use(Revisions, name, body, $$$"""{"data":{{{Nested(depth)}}}}""");
    }

    [Theory]
    [InlineData(58)]
    [InlineData(70)]
    [InlineData(190)]
    [InlineData(400)]
    public async Task A_custom_object_with_deep_fields_is_served_or_refused(int depth)
    {
        await Send(HttpMethod.Post, Definitions, """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"burrows.deep.example.com"},"spec":{"group":"deep.example.com","scope":"Namespaced",
            "names":{"plural":"burrows","kind":"Burrow"},"versions":[{"name":"v1","served":true,"storage":true,"additionalPrinterColumns":[{"name":"All","type":"string","jsonPath":".spec"}],
            "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}
            """);
        await Eventually.True(async () => (await Send(HttpMethod.Get, Burrows)).Code == HttpStatusCode.OK, "the definition is served");
        var name = $"deep-{depth}";
        var body = $$$"""{"apiVersion":"deep.example.com/v1","kind":"Burrow","metadata":{"name":"{{{name}}}"},"spec":{{{Nested(depth)}}}}""";
        await Use(Burrows, name, body, $$$"""{"spec":{{{Nested(depth)}}}}""");
    }

    [Theory]
    [InlineData(25)]
    [InlineData(40)]
    [InlineData(95)]
    public async Task A_definition_with_a_deep_schema_is_served_or_refused(int depth)
    {
        var schema = string.Concat(Enumerable.Repeat("""{"type":"object","properties":{"a":""", depth)) + """{"type":"string"}""" + string.Concat(Enumerable.Repeat("}}", depth));
        var plural = $"holes{depth}";
        var body = $$$"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"{{{plural}}}.deep.example.com"},"spec":{"group":"deep.example.com","scope":"Namespaced",
            "names":{"plural":"{{{plural}}}","kind":"Hole{{{depth}}}"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{{{schema}}}}}]}}
            """;
        await Use(Definitions, $"{plural}.deep.example.com", body, """{"metadata":{"labels":{"a":"b"}}}""");
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, "/openapi/v2")).Code);
    }

    private async Task Use(string path, string name, string body, string patch)
    {
        var created = await Send(HttpMethod.Post, path, body);
        var at = $"{path}/{name}";
        foreach (var accept in new[] { "application/json", "application/yaml", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" })
        {
            await Send(HttpMethod.Get, at, accept: accept);
            await Send(HttpMethod.Get, path, accept: accept);
        }

        await Task.WhenAll(new[] { "", ";as=Table;v=v1;g=meta.k8s.io", ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io" }
            .Select(form => Send(HttpMethod.Get, $"{path}?watch=1&timeoutSeconds=1&resourceVersion=0", accept: "application/json" + form)));

        await Send(HttpMethod.Patch, $"{at}?fieldManager=a", patch, "application/merge-patch+json");
        await Send(HttpMethod.Patch, $"{at}?fieldManager=a", patch, "application/strategic-merge-patch+json");
        await Send(HttpMethod.Patch, $"{at}?fieldManager=b&force=true", body, "application/apply-patch+yaml");
        await Send(HttpMethod.Patch, $"{at}?fieldManager=c&force=true", body, "application/apply-patch+yaml");
        await Send(HttpMethod.Patch, at, """[{"op":"add","path":"/metadata/labels","value":{"x":"y"}}]""", "application/json-patch+json");
        var below = path == Revisions ? "/data" : "/spec";
        await Send(HttpMethod.Patch, at, $$$"""[{"op":"add","path":"{{{below}}}/b","value":{{{Nested(190)}}}},{"op":"move","from":"{{{below}}}/b","path":"{{{below}}}{{{string.Concat(Enumerable.Repeat("/a", 25))}}}/b"}]""", "application/json-patch+json");
        await Send(HttpMethod.Put, at, body);
        var deleted = await Send(HttpMethod.Delete, at);
        Assert.True(created.Code == HttpStatusCode.Created ? deleted.Code == HttpStatusCode.OK : (int)created.Code is >= 400 and < 500, $"{created} {deleted}");
        // The server still serves the kind.
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, path)).Code);
    }

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "{}" + new string('}', depth);

    private async Task<(HttpStatusCode Code, string Text)> Send(HttpMethod method, string path, string? body = null, string contentType = "application/json", string accept = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        using var response = await _client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode < 500, $"{method} {path} {contentType} {accept}: {(int)response.StatusCode} {text[..Math.Min(text.Length, 500)]}\n{shared.Plane.Errors.Entries.LastOrDefault()}");
        return (response.StatusCode, text);
    }
}

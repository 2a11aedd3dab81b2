using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Minik8s.Integration.Hostile;

/// <summary>What a client can get wrong, and the <c>Status</c> that tells it so.</summary>
public sealed class BadInputTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>, IDisposable
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Map = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME"}}""";
    private const string Container = """{"name":"c","image":"i"}""";

    private readonly HttpClient _client = shared.Plane.Client();

    public static TheoryData<string, string, int, string, string> Bodies => new()
    {
        { Pods, """{"apiVersion":"v1","kind":"Pod",""", 400, "BadRequest", "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: " },
        { Pods, "", 400, "BadRequest", "" },
        { Pods, "null", 400, "BadRequest", "" },
        { Pods, "[]", 400, "BadRequest", "" },
        { Pods, "42", 400, "BadRequest", "" },
        { Pods, "\u0000\u0001", 400, "BadRequest", "" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\ud800"}}""", 400, "BadRequest", "" },
        { Pods, """{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"}}""", 400, "BadRequest", "the API version in the data (v1) does not match the expected API version (v1)" },
        { Pods, """{"apiVersion":"v2","kind":"Pod","metadata":{"name":"x"}}""", 400, "BadRequest", "the API version in the data (v2) does not match the expected API version (v1)" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":"none"}}""", 400, "BadRequest", "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c","image":7}]}}""", 400, "BadRequest", "cannot unmarshal number into Go struct field Container.spec.containers.image of type string" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[],"hostNetwork":"yes"}}""", 400, "BadRequest", "cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":["a"]}}""", 400, "BadRequest", "cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[CONTAINER],"terminationGracePeriodSeconds":1e400}}""", 400, "BadRequest", "" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"much"}}}]}}""", 400, "BadRequest", "quantities must match the regular expression" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"containers":[CONTAINER]}}""", 422, "Invalid", "Pod \"\" is invalid: metadata.name: Required value: name or generateName is required" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"Not_A_Name"},"spec":{"containers":[CONTAINER]}}""", 422, "Invalid", "metadata.name: Invalid value: \"Not_A_Name\": a lowercase RFC 1123 subdomain must consist of" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":{"a":"b c"}},"spec":{"containers":[CONTAINER]}}""", 422, "Invalid", "metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":{"a//b":"c"}},"spec":{"containers":[CONTAINER]}}""", 422, "Invalid", "metadata.labels: Invalid value: \"a//b\"" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{}}""", 422, "Invalid", "spec.containers: Required value" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[CONTAINER,CONTAINER]}}""", 422, "Invalid", "spec.containers[1].name: Duplicate value: \"c\"" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"other"},"spec":{"containers":[CONTAINER]}}""", 400, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request" },
        { Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","resourceVersion":"5"},"spec":{"containers":[CONTAINER]}}""", 400, "BadRequest", "resourceVersion should not be set on objects to be created" },
        { "/api/v1/namespaces/absent/pods", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[CONTAINER]}}""", 404, "NotFound", "namespaces \"absent\" not found" },
        { Pods + "?dryRun=some", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[CONTAINER]}}""", 422, "Invalid", "dryRun" },
        { Pods + "?fieldValidation=Sometimes", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[CONTAINER]}}""", 422, "Invalid", "fieldValidation" },
        { Pods + "?fieldValidation=Strict", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[CONTAINER],"colour":"red"}}""", 400, "BadRequest", "strict decoding error: unknown field \"spec.colour\"" },
        { Pods + "?fieldValidation=Strict", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","name":"y"},"spec":{"containers":[CONTAINER]}}""", 400, "BadRequest", "strict decoding error: duplicate field \"metadata.name\"" },
        { "/api/v1/nodes/x/shelf", "{}", 404, "NotFound", "the server could not find the requested resource" },
        { "/api/v1/gadgets", "{}", 404, "NotFound", "the server could not find the requested resource" },
        { "/apis/nobody.example/v1/gadgets", "{}", 404, "NotFound", "the server could not find the requested resource" },
    };

    public void Dispose() => _client.Dispose();

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_body_is_refused_with_a_status_that_names_the_fault(string path, string body, int code, string reason, string message)
    {
        var status = await Send(HttpMethod.Post, path, body.Replace("CONTAINER", Container), "application/json");
        AssertStatus(status, code, reason, message);
    }

    [Theory]
    [InlineData("GET", Pods + "?labelSelector=a%20b%20c", 400, "BadRequest", "")]
    [InlineData("GET", Pods + "?labelSelector=a%20in%20(", 400, "BadRequest", "")]
    [InlineData("GET", Pods + "?fieldSelector=status.mood%3Dgood", 400, "BadRequest", "field label not supported: status.mood")]
    [InlineData("GET", Pods + "?fieldSelector=metadata.name", 400, "BadRequest", "")]
    [InlineData("GET", Pods + "?limit=many", 400, "BadRequest", "")]
    [InlineData("GET", Pods + "?continue=not-a-token", 400, "BadRequest", "continue key is not valid")]
    [InlineData("GET", Pods + "?resourceVersion=new", 400, "BadRequest", "")]
    [InlineData("GET", Pods + "?watch=1&resourceVersion=new", 400, "BadRequest", "")]
    [InlineData("GET", Pods + "?resourceVersionMatch=Exact", 422, "Invalid", "resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("GET", Pods + "/absent", 404, "NotFound", "pods \"absent\" not found")]
    [InlineData("GET", Pods + "/%2e%2e%2f", 404, "NotFound", "")]
    [InlineData("DELETE", Pods + "/absent", 404, "NotFound", "pods \"absent\" not found")]
    [InlineData("DELETE", "/api/v1/namespaces/kube-system", 403, "Forbidden", "namespaces \"kube-system\" is forbidden: this namespace may not be deleted")]
    [InlineData("POST", Pods + "/absent", 405, "MethodNotAllowed", "")]
    [InlineData("DELETE", "/api/v1/namespaces", 405, "MethodNotAllowed", "")]
    [InlineData("TRACE", Pods, 405, "MethodNotAllowed", "")]
    public async Task A_bad_request_line_is_refused(string method, string path, int code, string reason, string message) =>
        AssertStatus(await Send(new HttpMethod(method), path, null, null), code, reason, message);

    [Theory]
    [InlineData("text/plain", 415, "UnsupportedMediaType")]
    [InlineData("application/xml", 415, "UnsupportedMediaType")]
    [InlineData("application/vnd.kubernetes.protobuf", 400, "BadRequest")]
    [InlineData("application/yaml", 400, "BadRequest")]
    public async Task A_body_that_is_not_what_its_content_type_says_is_refused(string contentType, int code, string reason) =>
        AssertStatus(await Send(HttpMethod.Post, Maps, "a: [b\n\tc: %", contentType), code, reason, "");

    [Fact]
    public async Task An_answer_that_the_server_does_not_have_is_not_acceptable()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Pods);
        request.Headers.TryAddWithoutValidation("Accept", "image/png");
        using var response = await _client.SendAsync(request);
        AssertStatus(await Read(response), 406, "NotAcceptable", "only the following media types are accepted: application/json");
    }

    [Fact]
    public async Task A_body_over_three_mebibytes_is_too_large_and_one_below_is_not()
    {
        var large = Map.Replace("NAME", "large").Replace("}}", $"}},\"data\":{{\"a\":\"{new string('x', 3 * 1024 * 1024)}\"}}}}");
        AssertStatus(await Send(HttpMethod.Post, Maps, large, "application/json"), 413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
        // An object within the limit of a request is still too large for a ConfigMap, which holds 1 MiB.
        var medium = Map.Replace("NAME", "medium").Replace("}}", $"}},\"data\":{{\"a\":\"{new string('x', 2 * 1024 * 1024)}\"}}}}");
        AssertStatus(await Send(HttpMethod.Post, Maps, medium, "application/json"), 422, "Invalid", "may not be more than 1048576 bytes");
    }

    [Theory]
    [InlineData("{\"a\":", "}", 100_000)]
    [InlineData("[", "]", 200_000)]
    [InlineData("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\",\"annotations\":{\"a\":", "}}}", 1)]
    public async Task Deep_and_unfinished_nesting_is_refused_without_harm(string open, string close, int depth)
    {
        var body = new StringBuilder();
        for (var i = 0; i < depth; i++) body.Append(open);
        body.Append('1');
        for (var i = 0; i < depth; i++) body.Append(close);
        AssertStatus(await Send(HttpMethod.Post, Pods, body.ToString(), "application/json"), 400, "BadRequest", "");
        AssertStatus(await Send(HttpMethod.Post, Pods, body.ToString(), "application/yaml"), 400, "BadRequest", "");
    }

    [Fact]
    public async Task Yaml_that_grows_by_aliases_is_refused()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++) bomb.Append($"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        AssertStatus(await Send(HttpMethod.Post, Maps, bomb.ToString(), "application/yaml"), 400, "BadRequest", "");
    }

    [Theory]
    [InlineData("application/json-patch+json", """[{"op":"replace","path":"/absent/data","value":"x"}]""", 422)]
    [InlineData("application/json-patch+json", """[{"op":"test","path":"/data/a","value":"x"}]""", 422)]
    [InlineData("application/json-patch+json", """{"op":"add"}""", 400)]
    [InlineData("application/json-patch+json", """[{"op":"shuffle","path":"/data"}]""", 422)]
    [InlineData("application/merge-patch+json", "[1]", 400)]
    [InlineData("application/merge-patch+json", """{"data":{"a":{"b":1}}}""", 422)]
    [InlineData("application/strategic-merge-patch+json", """{"data":["a"]}""", 422)]
    [InlineData("application/merge-patch+json", """{"metadata":{"name":"another"}}""", 400)]
    [InlineData("application/merge-patch+json", """{"metadata":{"resourceVersion":"1"}}""", 409)]
    [InlineData("application/merge-patch+json", """{"metadata":{"uid":"another"}}""", 409)]
    [InlineData("application/merge-patch+json", """{"kind":"Secret"}""", 400)]
    [InlineData("application/json", "{}", 415)]
    public async Task A_bad_patch_is_refused_and_changes_nothing(string contentType, string patch, int code)
    {
        var name = $"patched-{Guid.NewGuid():n}";
        var created = await Send(HttpMethod.Post, Maps, Map.Replace("NAME", name).Replace("}}", "},\"data\":{\"a\":\"b\"}}"), "application/json");
        Assert.Equal(HttpStatusCode.Created, created.Code);
        AssertStatus(await Send(HttpMethod.Patch, $"{Maps}/{name}", patch, contentType), code, null, "");
        var after = await Send(HttpMethod.Get, $"{Maps}/{name}", null, null);
        Assert.Equal(created.Body["metadata"]!["resourceVersion"]!.GetValue<string>(), after.Body["metadata"]!["resourceVersion"]!.GetValue<string>());
        await Send(HttpMethod.Delete, $"{Maps}/{name}", null, null);
    }

    [Fact]
    public async Task A_refusal_lists_every_bad_field_as_a_cause()
    {
        var (_, status) = await Send(HttpMethod.Post, Pods, """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"restartPolicy":"Perhaps","containers":[{"name":"A","image":""},{"name":"b","image":"i","ports":[{"containerPort":99999}]}]}}
            """, "application/json");
        var causes = status["details"]!["causes"]!.AsArray().ToDictionary(c => c!["field"]!.GetValue<string>(), c => c!["reason"]!.GetValue<string>());
        Assert.Equal("FieldValueNotSupported", causes["spec.restartPolicy"]);
        Assert.Equal("FieldValueInvalid", causes["spec.containers[0].name"]);
        Assert.Equal("FieldValueRequired", causes["spec.containers[0].image"]);
        Assert.Equal("FieldValueInvalid", causes["spec.containers[1].ports[0].containerPort"]);
        Assert.Equal("x", status["details"]!["name"]!.GetValue<string>());
        Assert.Equal("Pod", status["details"]!["kind"]!.GetValue<string>());
    }

    private async Task<(HttpStatusCode Code, JsonNode Body)> Send(HttpMethod method, string path, string? body, string? contentType)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType!);
        }

        using var response = await _client.SendAsync(request);
        return await Read(response);
    }

    private static async Task<(HttpStatusCode, JsonNode)> Read(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(text.StartsWith('{'), $"{(int)response.StatusCode}: {text}");
        return (response.StatusCode, JsonNode.Parse(text)!);
    }

    private static void AssertStatus((HttpStatusCode Code, JsonNode Body) answer, int code, string? reason, string message)
    {
        Assert.True((int)answer.Code == code, $"{(int)answer.Code}: {answer.Body}");
        Assert.Equal("Status", answer.Body["kind"]!.GetValue<string>());
        Assert.Equal("v1", answer.Body["apiVersion"]!.GetValue<string>());
        Assert.Equal("Failure", answer.Body["status"]!.GetValue<string>());
        Assert.Equal(code, answer.Body["code"]!.GetValue<int>());
        if (reason is not null) Assert.Equal(reason, answer.Body["reason"]!.GetValue<string>());
        Assert.Contains(message, answer.Body["message"]!.GetValue<string>());
    }
}

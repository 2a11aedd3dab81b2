using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Minik8s.Integration;

/// <summary>Lists and watches over real HTTPS, with the options and forms that client libraries use.</summary>
public sealed class ListWatchTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>, IAsyncLifetime
{
    private readonly HttpClient _client = shared.Plane.Client();
    private readonly string _namespace = $"lists-{Guid.NewGuid():n}";

    private string Maps => $"/api/v1/namespaces/{_namespace}/configmaps";

    public async ValueTask InitializeAsync() =>
        await Send(HttpMethod.Post, "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{_namespace}}}"}}""");

    public async ValueTask DisposeAsync()
    {
        await Send(HttpMethod.Delete, Maps);
        await Send(HttpMethod.Delete, $"/api/v1/namespaces/{_namespace}");
        _client.Dispose();
    }

    [Fact]
    public async Task Pages_hold_the_state_of_the_first_and_count_what_remains()
    {
        for (var i = 0; i < 7; i++) await Create($"m{i}");
        var all = $"/api/v1/configmaps?fieldSelector=metadata.namespace%3D{_namespace}";
        var first = await Get($"{Maps}?limit=3");
        Assert.Equal(["m0", "m1", "m2"], Names(first));
        await Create("m2a");
        await Send(HttpMethod.Delete, $"{Maps}/m5");
        var second = await Get($"{Maps}?limit=3&continue={Uri.EscapeDataString(Continue(first))}");
        Assert.Equal(["m3", "m4", "m5"], Names(second));
        Assert.Equal(Version(first), Version(second));
        var third = await Get($"{Maps}?limit=3&continue={Uri.EscapeDataString(Continue(second))}");
        Assert.Equal(["m6"], Names(third));
        Assert.Null(third["metadata"]!["continue"]);
        Assert.Equal(["m0", "m1", "m2", "m2a", "m3", "m4", "m6"], Names(await Get(all)));
    }

    [Fact]
    public async Task A_list_of_an_exact_version_shows_the_past_and_a_later_one_waits()
    {
        var before = await Create("m");
        await Create("n");
        Assert.Equal(["m"], Names(await Get($"{Maps}?resourceVersion={before}&resourceVersionMatch=Exact")));
        Assert.Equal(["m", "n"], Names(await Get($"{Maps}?resourceVersion={before}&resourceVersionMatch=NotOlderThan")));
        var (code, future) = await Send(HttpMethod.Get, $"{Maps}?resourceVersion=999999999");
        Assert.Equal(HttpStatusCode.GatewayTimeout, code);
        Assert.Equal("ResourceVersionTooLarge", future["details"]!["causes"]![0]!["reason"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("sendInitialEvents=true", "sendInitialEvents is forbidden for list")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Sometimes", "supported values: \"Exact\", \"NotOlderThan\"")]
    [InlineData("watch=true&sendInitialEvents=true", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData("watch=true&resourceVersionMatch=NotOlderThan", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    public async Task Options_that_do_not_go_together_are_refused(string query, string message)
    {
        var (code, status) = await Send(HttpMethod.Get, $"{Maps}?{query}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Contains(message, status["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_streaming_list_sends_what_there_is_and_marks_its_end_before_what_follows()
    {
        await Create("a");
        await Create("b");
        using var watch = await Watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("ADDED a", await Next(watch));
        Assert.Equal("ADDED b", await Next(watch));
        var end = await NextEvent(watch);
        Assert.Equal("BOOKMARK", end["type"]!.GetValue<string>());
        Assert.Equal("true", end["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());
        await Create("c");
        Assert.Equal("ADDED c", await Next(watch));
    }

    [Fact]
    public async Task A_watch_without_initial_events_begins_with_the_next_change()
    {
        await Create("a");
        using var watch = await Watch("sendInitialEvents=false&resourceVersionMatch=NotOlderThan");
        await Create("b");
        Assert.Equal("ADDED b", await Next(watch));
    }

    [Fact]
    public async Task A_watch_ends_in_time_with_a_bookmark_from_which_the_next_resumes()
    {
        var version = await Create("a");
        using var first = await Watch($"resourceVersion={version}&timeoutSeconds=4&allowWatchBookmarks=true");
        // Changes elsewhere move the bookmark on, though this watch sees none of them.
        var elsewhere = await Send(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{_namespace}}}"}}""");
        var bookmark = await NextEvent(first);
        Assert.Equal("BOOKMARK", bookmark["type"]!.GetValue<string>());
        Assert.True(long.Parse(Version(bookmark["object"]!)) >= long.Parse(Version(elsewhere.Body)));
        Assert.Null(await first.ReadLineAsync(TestContext.Current.CancellationToken));
        await Create("b");
        using var second = await Watch($"resourceVersion={Version(bookmark["object"]!)}");
        Assert.Equal("ADDED b", await Next(second));
        await Send(HttpMethod.Delete, $"/api/v1/namespaces/default/configmaps/{_namespace}");
    }

    [Fact]
    public async Task Metadata_and_tables_come_instead_of_objects_when_asked_for()
    {
        await Create("a");
        var partial = await Get(Maps, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        Assert.Equal("PartialObjectMetadataList", partial["kind"]!.GetValue<string>());
        Assert.Null(partial["items"]![0]!["data"]);
        Assert.Equal("a", partial["items"]![0]!["metadata"]!["name"]!.GetValue<string>());
        var table = await Get(Maps, "application/json;as=Table;g=meta.k8s.io;v=v1,application/json");
        Assert.Equal("Table", table["kind"]!.GetValue<string>());
        Assert.Equal("a", table["rows"]![0]!["cells"]![0]!.GetValue<string>());
        var fallback = await Get(Maps, "application/vnd.kubernetes.protobuf,application/json");
        Assert.Equal("ConfigMapList", fallback["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task Yaml_is_answered_when_preferred_also_for_errors()
    {
        await Create("a");
        Assert.StartsWith("apiVersion: v1\n", await Text($"{Maps}/a", "application/yaml"));
        Assert.Contains("\n- apiVersion: v1\n", await Text(Maps, "application/yaml, application/json"));
        Assert.Contains("\nreason: NotFound\n", await Text($"{Maps}/absent", "application/yaml"));
        Assert.StartsWith("{", await Text($"{Maps}/a", "application/json, application/yaml"));
    }

    [Fact]
    public async Task Long_lists_are_compressed_for_clients_that_take_it_and_short_ones_are_not()
    {
        for (var i = 0; i < 3; i++) await Create($"large-{i}", new string('x', 100_000));
        using var request = new HttpRequestMessage(HttpMethod.Get, Maps);
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var response = await _client.SendAsync(request);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var plain = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        Assert.Equal(["large-0", "large-1", "large-2"], Names((await JsonNode.ParseAsync(plain))!));

        using var small = new HttpRequestMessage(HttpMethod.Get, $"{Maps}?limit=1");
        small.Headers.AcceptEncoding.ParseAdd("gzip");
        using var answer = await _client.SendAsync(small);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    private async Task<long> Create(string name, string value = "b") => long.Parse(Version(
        (await Send(HttpMethod.Post, Maps, $$$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{{name}}}}"},"data":{"a":"{{{{value}}}}"}}""")).Body));

    private async Task<JsonNode> Get(string path, string? accept = null) => JsonNode.Parse(await Text(path, accept))!;

    private async Task<string> Text(string path, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<(HttpStatusCode Code, JsonNode Body)> Send(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private async Task<StreamReader> Watch(string query) => new(await _client.GetStreamAsync(new Uri($"{Maps}?watch=true&{query}", UriKind.Relative)));

    private static async Task<JsonNode> NextEvent(StreamReader watch)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return JsonNode.Parse(await watch.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("the watch has ended"))!;
    }

    private static async Task<string> Next(StreamReader watch)
    {
        var e = await NextEvent(watch);
        return $"{e["type"]} {e["object"]!["metadata"]!["name"]}";
    }

    private static string[] Names(JsonNode list) => [.. list["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.GetValue<string>())];

    private static string Version(JsonNode obj) => obj["metadata"]!["resourceVersion"]!.GetValue<string>();

    private static string Continue(JsonNode list) => list["metadata"]!["continue"]!.GetValue<string>();
}

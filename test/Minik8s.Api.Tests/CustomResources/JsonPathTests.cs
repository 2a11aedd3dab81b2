using System.Text.Json;
using Minik8s.Api.CustomResources.Paths;

namespace Minik8s.Api.Tests.CustomResources;

public sealed class JsonPathTests
{
    private const string Object = """
        {"metadata":{"name":"n","labels":{"app.kubernetes.io/name":"web"}},
         "spec":{"list":[{"n":"a","v":1},{"n":"b","v":2},{"n":"c","v":3}],"flag":true},
         "status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Other","status":"False"}]}}
        """;

    [Theory]
    [InlineData(".metadata.name", "\"n\"")]
    [InlineData(".metadata.labels.app\\.kubernetes\\.io/name", "\"web\"")]
    [InlineData(".metadata.labels['app.kubernetes.io/name']", "\"web\"")]
    [InlineData(".spec.list[0].n", "\"a\"")]
    [InlineData(".spec.list[-1].n", "\"c\"")]
    [InlineData(".spec.list[0:2].v", "1 2")]
    [InlineData(".spec.list[::2].v", "1 3")]
    [InlineData(".spec.list[0,2].v", "1 3")]
    [InlineData(".spec.list[*].n", "\"a\" \"b\" \"c\"")]
    [InlineData(".spec.list[?(@.v>1)].n", "\"b\" \"c\"")]
    [InlineData(".spec.list[?(@.v!=2)].n", "\"a\" \"c\"")]
    [InlineData(".status.conditions[?(@.type==\"Ready\")].status", "\"True\"")]
    [InlineData(".status.conditions[?(@.type=='None')].status", "")]
    [InlineData(".status.conditions[?(@.type)].type", "\"Ready\" \"Other\"")]
    [InlineData("..status", "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"},{\"type\":\"Other\",\"status\":\"False\"}]} \"True\" \"False\"")]
    [InlineData(".spec.absent.deeper", "")]
    [InlineData(".spec.flag", "true")]
    public void A_path_leads_where_kubernetes_leads(string path, string expected)
    {
        using var document = JsonDocument.Parse(Object);
        var parsed = JsonPath.Parse(path, out var error);
        Assert.Equal("", error);
        Assert.Equal(expected, string.Join(' ', parsed!.Find(document.RootElement).Select(e => e.GetRawText())));
    }

    [Theory]
    [InlineData(".spec.list[")]
    [InlineData(".spec.list[?(@.v")]
    [InlineData(".spec.list['a]")]
    [InlineData(".spec.list[::0]")]
    [InlineData(".spec{}")]
    public void A_text_that_is_no_path_says_why(string path)
    {
        Assert.Null(JsonPath.Parse(path, out var error));
        Assert.NotEqual("", error);
    }

    [Theory]
    [InlineData(".a[?(@", "==1)]", 100_000)]
    [InlineData(".a[?(@.b[?(@", "", 100_000)]
    [InlineData(".a", "", 100_000)]
    [InlineData(".a['b','b'", "", 1000)]
    public void A_path_too_long_or_too_deep_is_none(string piece, string rest, int times)
    {
        Assert.Null(JsonPath.Parse(string.Concat(Enumerable.Repeat(piece, times)) + rest, out var error));
        Assert.NotEqual("", error);
        Assert.Null(JsonPath.Parse(".x[?(" + "@" + string.Concat(Enumerable.Repeat(".a", times)) + ")]", out _));
    }

    [Theory]
    [InlineData("..", 90)]
    [InlineData("['a','a','a','a','a','a','a','a']", 90)]
    [InlineData("[*,*,*]", 90)]
    [InlineData("[?(@..b)]", 60)]
    [InlineData("[0:,0:,-1,-1]", 90)]
    public void A_path_that_leads_to_the_same_place_many_times_ends_soon(string step, int times)
    {
        var deep = string.Concat(Enumerable.Repeat("{\"b\":[1,2,3],\"a\":", 100)) + string.Concat(Enumerable.Repeat("[[1],", 100)) + "1" + new string(']', 100) + new string('}', 100);
        using var document = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 500 });
        var path = JsonPath.Parse(".a" + string.Concat(Enumerable.Repeat(step, times)), out var error);
        if (path is null)
        {
            Assert.NotEqual("", error);
            return;
        }

        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.InRange(path.Find(document.RootElement).Count(), 0, 1_000_000);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }
}

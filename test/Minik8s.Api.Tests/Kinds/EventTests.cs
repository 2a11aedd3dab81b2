using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;

namespace Minik8s.Api.Tests.Kinds;

public sealed class EventTests
{
    private const string New = """
        {"metadata":{"name":"e","namespace":"default"},"eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"example.com/c","reportingInstance":"c-1","action":"Act","reason":"Why","type":"Normal",
         "regarding":{"kind":"Pod","namespace":"default","name":"p"},"note":"text"}
        """;

    [Fact]
    public void The_two_forms_are_one_object_under_different_names()
    {
        var conversion = Resource("events.k8s.io").StoredAs!.Conversion;
        var obj = Parse(New);
        conversion.ToStored(obj);
        Assert.Equal("text", obj.Text("message"));
        Assert.Equal("p", obj.Map("involvedObject").Text("name"));
        Assert.Equal("example.com/c", obj.Text("reportingComponent"));
        Assert.Null(obj["note"]);
        conversion.FromStored(obj);
        Assert.True(JsonNode.DeepEquals(Parse(New), obj), obj.ToJsonString());
    }

    [Theory]
    [InlineData("""{}""", "")]
    [InlineData("""{"eventTime":null}""", "eventTime: Required value")]
    [InlineData("""{"type":"Odd","deprecatedCount":2,"deprecatedSource":{"host":"h"}}""", "type: Invalid value: \"\": has invalid value: Odd|count: Invalid value: \"\": needs to be unset|source: Invalid value: \"\": needs to be unset")]
    [InlineData("""{"reportingController":"","action":"","series":{"count":1}}""",
        "reportingController: Required value|reportingController: Invalid value: \"\": name part must be non-empty|*|action: Required value|series.count: Invalid value: \"\": should be at least 2|series.lastObservedTime: Required value")]
    [InlineData("""{"regarding":{"kind":"Node","name":"n"}}""", "")]
    [InlineData("""{"eventTime":null,"deprecatedFirstTimestamp":"2026-01-01T00:00:00Z","regarding":{"kind":"Pod","namespace":"other","name":"p"}}""",
        "involvedObject.namespace: Invalid value: \"other\": does not match event.namespace|eventTime: Required value|firstTimestamp: Invalid value: \"\": needs to be unset")]
    public void The_new_form_is_checked_strictly(string changes, string expected)
    {
        var obj = Parse(New);
        foreach (var (name, value) in Parse(changes))
        {
            if (value is null) obj.Remove(name);
            else obj[name] = value.DeepClone();
        }

        var errors = new List<FieldError>();
        Resource("events.k8s.io").Strategy.ValidateCreate(obj, errors);
        var texts = errors.Select(e => e.ToString()).ToList();
        var wanted = expected.Split('|', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(wanted.Length, texts.Count);
        Assert.All(wanted.Zip(texts), p => Assert.True(p.First == "*" || p.First == p.Second, p.Second));
    }

    [Fact]
    public void Only_the_series_may_change()
    {
        var (old, obj) = (Parse(New), Parse(New));
        obj["series"] = new JsonObject { ["count"] = 2, ["lastObservedTime"] = "2026-01-01T00:00:00.000000Z" };
        var errors = new List<FieldError>();
        Resource("events.k8s.io").Strategy.ValidateUpdate(obj, old, errors);
        Assert.Empty(errors);
        obj["note"] = "other";
        Resource("events.k8s.io").Strategy.ValidateUpdate(obj, old, errors);
        Assert.Equal("message: Invalid value: \"other\": field is immutable", Assert.Single(errors).ToString());
    }

    private static Resources.ResourceDefinition Resource(string group) => BuiltInResources.All.Single(r => r.Kind.Group == group && r.Kind.Kind == "Event");

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}

using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Definitions;

namespace Minik8s.Api.Tests.CustomResources;

public sealed class DefinitionNamingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"plural":"b","singular":"b","kind":"B","listKind":"BList","shortNames":["x"]}""", "True", "NoConflicts", "no conflicts found")]
    [InlineData("""{"plural":"a","singular":"b","kind":"B","listKind":"BList"}""", "False", "PluralConflict", "\"a\" is already in use")]
    [InlineData("""{"plural":"b","singular":"sa","kind":"B","listKind":"BList"}""", "False", "SingularConflict", "\"sa\" is already in use")]
    [InlineData("""{"plural":"b","singular":"b","kind":"B","listKind":"BList","shortNames":["sa","q","a"]}""", "False", "ShortNamesConflict", "[\"sa\" is already in use, \"a\" is already in use]")]
    [InlineData("""{"plural":"b","singular":"b","kind":"A","listKind":"BList"}""", "False", "KindConflict", "\"A\" is already in use")]
    [InlineData("""{"plural":"b","singular":"b","kind":"B","listKind":"A"}""", "False", "ListKindConflict", "\"A\" is already in use")]
    public void Names_are_given_once_in_a_group(string names, string status, string reason, string message)
    {
        var other = JsonNode.Parse("""{"status":{"acceptedNames":{"plural":"a","singular":"sa","kind":"A","listKind":"AList"}}}""")!.AsObject();
        var made = DefinitionNaming.Status(Definition(names), [other], Now);
        var condition = made.Items("conditions").Single(c => c.Text("type") == "NamesAccepted");
        Assert.Equal((status, reason, message), (condition.Text("status"), condition.Text("reason"), condition.Text("message")));
        var established = made.Items("conditions").Single(c => c.Text("type") == "Established");
        Assert.Equal((status, status == "True" ? "InitialNamesAccepted" : "NotAccepted"), (established.Text("status"), established.Text("reason")));
    }

    [Fact]
    public void What_is_established_stays_so_under_its_old_names()
    {
        var definition = Definition("""{"plural":"b","singular":"taken","kind":"B","listKind":"BList"}""");
        definition["status"] = DefinitionNaming.Status(Definition("""{"plural":"b","singular":"b","kind":"B","listKind":"BList"}"""), [], Now);
        var other = JsonNode.Parse("""{"status":{"acceptedNames":{"plural":"c","singular":"taken","kind":"C","listKind":"CList"}}}""")!.AsObject();
        var made = DefinitionNaming.Status(definition, [other], Now.AddHours(1));
        Assert.Equal("b", made.Map("acceptedNames").Text("singular"));
        var established = made.Items("conditions").Single(c => c.Text("type") == "Established");
        Assert.Equal(("True", "2026-01-01T00:00:00Z"), (established.Text("status"), established.Text("lastTransitionTime")));
        var accepted = made.Items("conditions").Single(c => c.Text("type") == "NamesAccepted");
        Assert.Equal(("False", "2026-01-01T01:00:00Z"), (accepted.Text("status"), accepted.Text("lastTransitionTime")));
    }

    [Fact]
    public void The_status_is_the_same_when_nothing_changes()
    {
        var definition = Definition("""{"plural":"b","singular":"b","kind":"B","listKind":"BList","shortNames":["x"],"categories":["all"]}""");
        definition["status"] = DefinitionNaming.Status(definition, [], Now);
        Assert.True(JsonNode.DeepEquals(definition["status"], DefinitionNaming.Status(definition, [], Now.AddHours(1))));
    }

    private static JsonObject Definition(string names) => new() { ["spec"] = new JsonObject { ["group"] = "example.com", ["names"] = JsonNode.Parse(names), ["versions"] = new JsonArray() } };
}

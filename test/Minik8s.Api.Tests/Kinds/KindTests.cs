using System.Text.Json.Nodes;

namespace Minik8s.Api.Tests.Kinds;

/// <summary>Tables of objects: what a kind makes of them on create, what it refuses and in which words, and how it prints them.</summary>
public sealed class KindTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> DefaultFiles => [.. KindFixture.Files("Defaults")];

    public static TheoryData<string, string> InvalidCases => Cases("Invalid");

    public static TheoryData<string, string> UpdateCases => Cases("Updates");

    public static TheoryData<string, string> StatusUpdateCases => Cases("StatusUpdates");

    public static TheoryData<string> TableFiles => [.. KindFixture.Files("Tables")];

    [Theory]
    [MemberData(nameof(DefaultFiles))]
    public void A_created_object_gets_its_defaults(string file)
    {
        var documents = KindFixture.Read("Defaults", file);
        var created = KindFixture.Created(documents[0]);
        created.Map("metadata")!.Remove("uid");
        Assert.Equal(Sorted(documents[1]).ToJsonString(), Sorted(created).ToJsonString());
        Assert.Empty(KindFixture.CreateErrors(KindFixture.Created(documents[0])));
    }

    [Theory]
    [MemberData(nameof(InvalidCases))]
    public void A_bad_object_is_refused_in_kubernetes_words(string file, string name)
    {
        var (basis, change) = Case("Invalid", file, name);
        Assert.Empty(KindFixture.CreateErrors(KindFixture.Created(basis)));
        KindFixture.Set(basis, change.Map("set"));
        Assert.Equal(Expected(change), KindFixture.CreateErrors(KindFixture.Created(basis)));
    }

    [Theory]
    [MemberData(nameof(UpdateCases))]
    public void An_update_changes_what_may_be_changed(string file, string name) => CheckUpdate("Updates", file, name, status: false);

    [Theory]
    [MemberData(nameof(StatusUpdateCases))]
    public void A_status_is_checked(string file, string name) => CheckUpdate("StatusUpdates", file, name, status: true);

    [Theory]
    [MemberData(nameof(TableFiles))]
    public void An_object_is_printed_in_the_cells_of_its_table(string file)
    {
        foreach (var table in KindFixture.Read("Tables", file))
        {
            var (cells, wide) = KindFixture.Cells(table.Map("object")!, Now);
            Assert.Equal(table["cells"]!.ToJsonString(), cells.ToJsonString());
            Assert.Equal((table["wide"] ?? new JsonArray()).ToJsonString(), wide.ToJsonString());
        }
    }

    private static void CheckUpdate(string folder, string file, string name, bool status)
    {
        var (basis, change) = Case(folder, file, name);
        var old = KindFixture.Created(basis);
        KindFixture.Set(old, change.Map("old"));
        var wanted = old.DeepClone().AsObject();
        KindFixture.Set(wanted, change.Map("set"));
        wanted = KindFixture.Complete(wanted);
        Assert.Equal(Expected(change), KindFixture.UpdateErrors(wanted, old, status));
    }

    private static TheoryData<string, string> Cases(string folder)
    {
        var data = new TheoryData<string, string>();
        foreach (var file in KindFixture.Files(folder))
        {
            foreach (var item in KindFixture.Read(folder, file)[0].Items("cases")) data.Add(file, item.Text("name")!);
        }

        return data;
    }

    private static (JsonObject Basis, JsonObject Change) Case(string folder, string file, string name)
    {
        var fixture = KindFixture.Read(folder, file)[0];
        return (fixture.Map("base")!, fixture.Items("cases").Single(c => c.Text("name") == name));
    }

    private static List<string> Expected(JsonObject change) => [.. (change["errors"] as JsonArray ?? []).Select(e => e.Text()!)];

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value is null ? null : Sorted(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(i => i is null ? null : Sorted(i))]),
        _ => node.DeepClone(),
    };
}

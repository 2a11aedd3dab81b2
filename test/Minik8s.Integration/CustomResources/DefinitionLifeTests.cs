using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration.CustomResources;

/// <summary>CustomResourceDefinitions come, change and go while the server runs.</summary>
public sealed class DefinitionLifeTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: PLURAL.life.example.com}
        spec:
          group: life.example.com
          scope: Namespaced
          names: {plural: PLURAL, kind: KIND}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
        """;

    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_definition_gets_names_conditions_and_stored_versions()
    {
        await Define("moons", "Moon");
        Assert.Equal("Moon MoonList moons moon v1 None", await Path("crd", "moons.life.example.com", "{.status.acceptedNames.kind} {.status.acceptedNames.listKind} {.status.acceptedNames.plural} {.status.acceptedNames.singular} {.status.storedVersions[*]} {.spec.conversion.strategy}"));
        Assert.Equal("NoConflicts InitialNamesAccepted", await Path("crd", "moons.life.example.com", "{.status.conditions[?(@.type==\"NamesAccepted\")].reason} {.status.conditions[?(@.type==\"Established\")].reason}"));
        Assert.Matches(@"moons +life.example.com/v1 +true +Moon", (await _plane.Kubectl("api-resources", "--api-group=life.example.com")).Succeeded());
        await Remove("moons");
    }

    [Fact]
    public async Task Names_in_use_are_not_given_twice_until_they_are_free()
    {
        await Define("stars", "Star");
        (await _plane.KubectlWithInput(Definition.Replace("PLURAL", "suns").Replace("KIND", "Star"), "create", "-f", "-")).Succeeded();
        (await _plane.Kubectl("wait", "--for=condition=namesaccepted=false", "crd/suns.life.example.com", "--timeout=30s")).Succeeded();
        Assert.Equal("ListKindConflict \"StarList\" is already in use NotAccepted", await Path("crd", "suns.life.example.com",
            "{.status.conditions[?(@.type==\"NamesAccepted\")].reason} {.status.conditions[?(@.type==\"NamesAccepted\")].message} {.status.conditions[?(@.type==\"Established\")].reason}"));
        await Remove("stars");
        (await _plane.Kubectl("wait", "--for=condition=established", "crd/suns.life.example.com", "--timeout=30s")).Succeeded();
        await Remove("suns");
    }

    [Fact]
    public async Task Deleting_a_definition_deletes_its_objects_first_and_ends_their_watches()
    {
        await Define("comets", "Comet");
        const string path = "/apis/life.example.com/v1/namespaces/default/comets";
        using var client = _plane.Client();
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsync(path, Json("""{"metadata":{"name":"one"}}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsync(path, Json("""{"metadata":{"name":"two","finalizers":["example.com/hold"]}}"""))).StatusCode);
        using var stream = new StreamReader(await client.GetStreamAsync(path + "?watch=true"));
        (await _plane.Kubectl("delete", "crd", "comets.life.example.com", "--wait=false")).Succeeded();
        await Eventually.True(async () => (await client.GetAsync(path + "/one")).StatusCode == HttpStatusCode.NotFound, "the object without finalizers is gone");
        Assert.Equal("InstanceDeletionInProgress", await Path("crd", "comets.life.example.com", "{.status.conditions[?(@.type==\"Terminating\")].reason}"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync(path, Json("""{"metadata":{"name":"three"}}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PatchAsync(path + "/two", Json("""{"metadata":{"finalizers":null}}""", "application/merge-patch+json"))).StatusCode);
        (await _plane.Kubectl("wait", "--for=delete", "crd/comets.life.example.com", "--timeout=30s")).Succeeded();
        await Eventually.True(async () => (await client.GetAsync(path)).StatusCode == HttpStatusCode.NotFound, "the kind is no longer served");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = new List<string>();
        while (await stream.ReadLineAsync(limit.Token) is { } line) seen.Add((string)JsonNode.Parse(line)!["type"]!);
        Assert.Equal(2, seen.Count(s => s == "DELETED"));
        var document = await client.GetAsync("/openapi/v3/apis/life.example.com/v1");
        Assert.DoesNotContain("Comet", await document.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_default_that_is_added_later_shows_on_objects_stored_before()
    {
        await Define("dwarfs", "Dwarf");
        (await _plane.KubectlWithInput("apiVersion: life.example.com/v1\nkind: Dwarf\nmetadata: {name: old}\nspec: {size: 1}", "create", "-f", "-")).Succeeded();
        var version = await Path("dwarfs", "old", "{.metadata.resourceVersion}");
        var changed = Definition.Replace("PLURAL", "dwarfs").Replace("KIND", "Dwarf").Replace("size: {type: integer}", "colour: {type: string, default: white}");
        (await _plane.KubectlWithInput(changed, "apply", "-f", "-")).Succeeded();
        await Eventually.True(async () => await Path("dwarfs", "old", "{.spec.colour}{.spec.size}") == "white", "the default is shown and the field that is gone is not");
        Assert.Equal(version, await Path("dwarfs", "old", "{.metadata.resourceVersion}"));
        await Remove("dwarfs");
    }

    [Fact]
    public async Task The_storage_version_may_change()
    {
        await Define("rings", "Ring");
        (await _plane.KubectlWithInput("apiVersion: life.example.com/v1\nkind: Ring\nmetadata: {name: old}\nspec: {size: 1}", "create", "-f", "-")).Succeeded();
        var two = Definition.Replace("PLURAL", "rings").Replace("KIND", "Ring").Replace("storage: true", "storage: false") + """

          - name: v2
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
        """;
        (await _plane.KubectlWithInput(two, "apply", "-f", "-")).Succeeded();
        using var client = _plane.Client();
        const string path = "/apis/life.example.com/v2/namespaces/default/rings/old";
        var old = JsonNode.Parse(await (await Eventually.Value(async () => await client.GetAsync(path) is { IsSuccessStatusCode: true } found ? found : null, "the new version is served")).Content.ReadAsStringAsync())!;
        Assert.Equal("life.example.com/v2 1", $"{old["apiVersion"]} {old["spec"]!["size"]}");
        Assert.Equal("v1 v2", await Path("crd", "rings.life.example.com", "{.status.storedVersions[*]}"));
        Assert.Contains("apiVersion: life.example.com/v1", (await _plane.Kubectl("get", "rings.v1.life.example.com", "old", "-o", "yaml")).Succeeded());
        // A write that changes nothing still moves the object into the new version.
        var version = (string)old["metadata"]!["resourceVersion"]!;
        var put = await client.PutAsync(path, Json(old.ToJsonString()));
        Assert.NotEqual(version, (string)JsonNode.Parse(await put.Content.ReadAsStringAsync())!["metadata"]!["resourceVersion"]!);
        var gone = Definition.Replace("PLURAL", "rings").Replace("KIND", "Ring").Replace("name: v1", "name: v2");
        Assert.Contains("status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions", (await _plane.KubectlWithInput(gone, "apply", "-f", "-")).Error);
        await Remove("rings");
    }

    [Fact]
    public async Task Definitions_are_served_again_after_a_restart()
    {
        await using var plane = await TestControlPlane.StartAsync();
        (await plane.KubectlWithInput(Definition.Replace("PLURAL", "kept").Replace("KIND", "Kept"), "create", "-f", "-")).Succeeded();
        (await plane.Kubectl("wait", "--for=condition=established", "crd/kept.life.example.com", "--timeout=30s")).Succeeded();
        (await plane.KubectlWithInput("apiVersion: life.example.com/v1\nkind: Kept\nmetadata: {name: a}\nspec: {size: 7}", "create", "-f", "-")).Succeeded();
        await plane.RestartAsync();
        Assert.Equal("7", (await plane.Kubectl("get", "kept", "a", "-o", "jsonpath={.spec.size}")).Succeeded());
    }

    [Theory]
    [InlineData("PLURAL.life", "x.life", "metadata.name: Invalid value: \"x.life.example.com\": must be spec.names.plural+\".\"+spec.group")]
    [InlineData("storage: true", "storage: false", "must have exactly one version marked as storage version")]
    [InlineData("type: object, properties: {spec", "properties: {spec", "spec.versions[0].schema.openAPIV3Schema.type: Required value: must not be empty at the root")]
    [InlineData("{type: integer}", "{type: integer, default: a}", "properties[size].default: Invalid value: \"string\"")]
    [InlineData("{type: integer}", "{description: a}", "properties[size].type: Required value: must not be empty for specified object fields")]
    [InlineData("{type: integer}", "{type: string, pattern: '(?=a)'}", "must be a valid regular expression, but isn't")]
    [InlineData("group: life.example.com", "group: life", "spec.group: Invalid value: \"life\": should be a domain with at least one dot")]
    [InlineData("scope: Namespaced", "scope: World", "spec.scope: Unsupported value: \"World\": supported values: \"Cluster\", \"Namespaced\"")]
    public async Task A_bad_definition_is_refused_in_kubernetes_words(string part, string instead, string message)
    {
        var refused = await _plane.KubectlWithInput(Definition.Replace(part, instead).Replace("PLURAL", "bad").Replace("KIND", "Bad"), "create", "-f", "-");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(message, refused.Error);
    }

    [Fact]
    public async Task Rules_are_kept_and_published_and_the_client_is_told_that_nothing_enforces_them()
    {
        var made = await _plane.KubectlWithInput(
            Definition.Replace("PLURAL", "ruled").Replace("KIND", "Ruled").Replace("{type: integer}", "{type: integer, x-kubernetes-validations: [{rule: self > 1, message: too small}]}"), "create", "-f", "-");
        made.Succeeded();
        Assert.Contains("x-kubernetes-validations are stored and published, but this server does not enforce them", made.Error);
        Assert.Equal("self > 1", await Path("crd", "ruled.life.example.com", "{.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size.x-kubernetes-validations[0].rule}"));
        await Remove("ruled");
    }

    private async Task Define(string plural, string kind)
    {
        (await _plane.KubectlWithInput(Definition.Replace("PLURAL", plural).Replace("KIND", kind), "apply", "-f", "-")).Succeeded();
        (await _plane.Kubectl("wait", "--for=condition=established", $"crd/{plural}.life.example.com", "--timeout=30s")).Succeeded();
    }

    private async Task Remove(string plural) => (await _plane.Kubectl("delete", "crd", $"{plural}.life.example.com", "--timeout=30s")).Succeeded();

    private async Task<string> Path(string kind, string name, string path) => (await _plane.Kubectl("get", kind, name, "-o", $"jsonpath={path}")).Succeeded();

    private static StringContent Json(string text, string type = "application/json") => new(text, Encoding.UTF8, type);
}

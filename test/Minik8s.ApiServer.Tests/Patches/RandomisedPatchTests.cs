using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Patch;

namespace Minik8s.ApiServer.Tests.Patches;

/// <summary>What holds for all objects and patches, tried on random ones. A failure names its seed; <c>MINIK8S_SEED</c> begins with another, <c>MINIK8S_FUZZ_SECONDS</c> goes on for so long.</summary>
public sealed class RandomisedPatchTests
{
    private const int DefaultSeed = 1;

    private static readonly ResourceDefinition Pod = CaseFile.Resource(new() { ["kind"] = "v1/Pod" });
    private static readonly ResourceDefinition Deployment = CaseFile.Resource(new() { ["kind"] = "apps/v1/Deployment" });
    private static readonly ResourceDefinition Thing = CaseFile.Resource(CaseFile.Find("apply-types: a custom kind with a schema merges by it"));

    [Fact]
    public void An_apply_of_the_same_changes_nothing() => Repeat(60, (random, json) =>
    {
        foreach (var resource in new[] { Pod, Deployment, Thing })
        {
            var fields = Fields(resource);
            var state = Some(fields, resource, json, random);
            var config = Config(resource, json);
            var once = CaseFile.Object(fields.Apply(state, config, "z", force: true, ""), resource);
            // Who applies nothing but empty lists manages nothing, and an object without managers counts as one from before the first apply.
            if (once.Map("metadata")?["managedFields"] is null) continue;
            var twice = CaseFile.Object(fields.Apply(once, config, "z", force: false, ""), resource);
            Assert.True(JsonText.Same(once, twice), $"{config.ToJsonString()}\n{once.ToJsonString()}\n{twice.ToJsonString()}");
        }
    });

    [Fact]
    public void An_apply_of_an_empty_map_keeps_what_nobody_manages_in_it()
    {
        JsonObject Head() => new() { ["apiVersion"] = Thing.Kind.ApiVersion, ["kind"] = Thing.Kind.Kind };
        JsonObject Manager(string name, string operation) => new()
        {
            ["manager"] = name, ["operation"] = operation, ["apiVersion"] = Thing.Kind.ApiVersion, ["fieldsType"] = "FieldsV1", ["fieldsV1"] = new JsonObject { ["f:spec"] = new JsonObject() },
        };
        var (live, config) = (Head(), Head());
        live["metadata"] = new JsonObject { ["managedFields"] = new JsonArray(Manager("z", "Apply"), Manager("u", "Update")) };
        live["spec"] = new JsonObject { ["more"] = new JsonObject() };
        config["spec"] = new JsonObject();
        var applied = Fields(Thing).Apply(live, config, "z", force: false, "");
        Assert.True(JsonText.Same(live["spec"], applied["spec"]), applied.ToJsonString());
    }

    [Fact]
    public void A_forced_apply_owns_just_what_it_applies_and_sets_it() => Repeat(60, (random, json) =>
    {
        foreach (var resource in new[] { Pod, Deployment, Thing })
        {
            var fields = Fields(resource);
            var state = Some(fields, resource, json, random);
            var config = Config(resource, json);
            var result = fields.Apply(state, config, "z", force: true, "");
            var wanted = TypedFields.Of(config, resource.Schema).Where(e => e.Name is not ("apiVersion" or "kind" or "status" or "metadata"));
            var managers = Managers.Read(result.Map("metadata")?["managedFields"]);
            var owned = managers[ManagerKey.Applier("z", "")]?.Fields.Where(e => e.Name != "metadata") ?? FieldSet.Empty;
            Assert.Equal(wanted.ToString(), owned.ToString());
            // What is applied is there, and no other manager is left with a field that has another value than it wrote.
            Assert.Empty(TypedComparison.Compare(config, result, resource.Schema).Removed.Where(e => e.Name is not ("status" or "metadata")).Paths());
        }
    });

    [Fact]
    public void What_nobody_else_manages_goes_with_its_last_applier() => Repeat(60, (_, json) =>
    {
        var fields = Fields(Thing);
        var state = CaseFile.Object(fields.Apply(null, Config(Thing, json), "z", force: true, ""), Thing);
        var empty = fields.Apply(state, new() { ["apiVersion"] = Thing.Kind.ApiVersion, ["kind"] = Thing.Kind.Kind }, "z", force: false, "");
        Assert.Empty(TypedFields.Of(CaseFile.Bare(empty), Thing.Schema).Where(e => e.Name is not ("metadata" or "status")).Paths());
    });

    [Fact]
    public void Field_sets_come_back_from_their_json_and_obey_set_algebra() => Repeat(100, (_, json) =>
    {
        var (a, b) = (TypedFields.Of((JsonObject)json.Fitting(Pod.Schema)!, Pod.Schema), TypedFields.Of((JsonObject)json.Fitting(Pod.Schema)!, Pod.Schema));
        Assert.Equal(a, FieldsV1.Read(JsonNode.Parse(FieldsV1.Write(a).ToJsonString())));
        Assert.Equal(a.Union(b), b.Union(a));
        Assert.Equal(a.Intersection(b), b.Intersection(a));
        Assert.Equal(a, a.Difference(b).Union(a.Intersection(b)));
        Assert.Empty(a.Difference(a).Paths());
        Assert.Equal(a.Union(b).Paths().Count(), a.Difference(b).Paths().Count() + b.Paths().Count());
        Assert.All(a.Paths(), p => Assert.True(a.Contains(p)));
    });

    [Fact]
    public void Bad_patches_fail_with_a_status_and_nothing_else() => Repeat(400, (random, json) =>
    {
        var live = CaseFile.Object(json.Fitting(Pod.Schema), Pod);
        var patch = Encoding.UTF8.GetBytes((random.Next(2) == 0 ? json.Any() : json.Mutated(live))?.ToJsonString() ?? "null");
        if (random.Next(10) == 0) patch[random.Next(patch.Length)] = (byte)random.Next(256);
        Try(() => StrategicMergePatch.Apply(live, PatchDocument.ParseObject(patch, "", []), Pod.Schema));
        Try(() => MergePatch.Apply(live, PatchDocument.ParseObject(patch, "", [])));
        var operations = new JsonArray([.. Enumerable.Range(0, random.Next(5)).Select(_ => (JsonNode)new JsonObject
        {
            ["op"] = new[] { "add", "remove", "replace", "move", "copy", "test", "x" }[random.Next(7)],
            ["path"] = Pointer(random),
            ["from"] = Pointer(random),
            ["value"] = json.Any(),
        })]);
        Try(() => JsonPatch.Parse(Encoding.UTF8.GetBytes(operations.ToJsonString()), []).Apply(live));
        Try(() => JsonPatch.Parse(patch, []).Apply(live));
        var config = (json.Mutated(live) as JsonObject) ?? [];
        config["apiVersion"] = "v1";
        config["kind"] = "Pod";
        Try(() => Fields(Pod).Apply(live, config, "z", random.Next(2) == 0, random.Next(3) == 0 ? "status" : ""));
    });

    [Fact]
    public void Managed_fields_of_any_form_are_taken_or_passed_over() => Repeat(60, (random, json) =>
    {
        var fields = Fields(Pod);
        var now = CaseFile.Object(json.Fitting(Pod.Schema), Pod);
        var live = CaseFile.Object(json.Fitting(Pod.Schema), Pod);
        fields.Update(null, live, "u", "");
        var entries = live.Map("metadata")?["managedFields"];
        now.Ensure("metadata")["managedFields"] = random.Next(2) == 0 ? json.Any() : json.Mutated(entries);
        fields.Update(live, now, "w", "");
        Managers.Read(now.Map("metadata")?["managedFields"]);
    });

    [Theory]
    [InlineData("strategic", """{"metadata":{"finalizers":LIST,"$setElementOrder/finalizers":LIST}}""")]
    [InlineData("strategic", """{"spec":{"$setElementOrder/containers":KEYED,"containers":KEYED}}""")]
    [InlineData("strategic", """{"metadata":{"$deleteFromPrimitiveList/finalizers":LIST}}""")]
    [InlineData("merge", """{"metadata":{"finalizers":LIST}}""")]
    [InlineData("apply", """{"apiVersion":"v1","kind":"Pod","metadata":{"finalizers":LIST}}""")]
    [InlineData("apply", """{"apiVersion":"v1","kind":"Pod","spec":{"containers":KEYED}}""")]
    [InlineData("json", """[{"op":"add","path":"/metadata/finalizers","value":LIST},{"op":"copy","from":"/metadata","path":"/spec/x"},{"op":"test","path":"/metadata/finalizers","value":LIST}]""")]
    [InlineData("json", "COPIES")]
    [InlineData("json", "DEEPER")]
    [InlineData("json", "MOVES")]
    [InlineData("merge", "DEEP")]
    [InlineData("strategic", "DEEP")]
    public void A_huge_patch_takes_no_more_than_moments(string type, string patch)
    {
        var list = "[" + string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"\"a/{(i * 7919) % 60_000}\"")) + "]";
        var keyed = "[" + string.Join(',', Enumerable.Range(0, 30_000).Select(i => $"{{\"name\":\"c{(i * 7919) % 30_000}\"}}")) + "]";
        patch = patch.Replace("LIST", list).Replace("KEYED", keyed)
            .Replace("COPIES", "[{\"op\":\"add\",\"path\":\"/x\",\"value\":{}}" + string.Concat(Enumerable.Range(0, 60).Select(i => $",{{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/x/c{i}\"}}")) + "]")
            .Replace("DEEPER", "[" + string.Join(',', Enumerable.Range(0, 2000).Select(i => $"{{\"op\":\"{(i % 2 == 0 ? "copy" : "move")}\",\"from\":\"/spec\",\"path\":\"/spec{string.Concat(Enumerable.Repeat("/x", i % 300))}\"}}")) + "]")
            .Replace("MOVES", "[" + string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"{{\"op\":\"move\",\"from\":\"/spec/containers\",\"path\":\"/spec/containers\"}}")) + "]")
            .Replace("DEEP", string.Concat(Enumerable.Repeat("{\"spec\":", 190)) + "1" + new string('}', 190));
        var live = CaseFile.Object(JsonNode.Parse($"{{\"metadata\":{{\"finalizers\":{list}}},\"spec\":{{\"containers\":{keyed}}}}}"), Pod);
        var watch = Stopwatch.StartNew();
        Try(() => Apply(type, patch, live));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"took {watch.Elapsed}");
    }

    private static JsonObject Apply(string type, string patch, JsonObject live)
    {
        var body = Encoding.UTF8.GetBytes(patch);
        return type switch
        {
            "strategic" => StrategicMergePatch.Apply(live, PatchDocument.ParseObject(body, "", []), Pod.Schema),
            "merge" => MergePatch.Apply(live, PatchDocument.ParseObject(body, "", [])),
            "json" => JsonPatch.Parse(body, []).Apply(live),
            _ => Fields(Pod).Apply(live, PatchDocument.ParseObject(body, "", []), "z", force: true, ""),
        };
    }

    /// <summary>An object that some managers have written, one after the other.</summary>
    private static JsonObject Some(FieldManager fields, ResourceDefinition resource, RandomJson json, Random random)
    {
        var state = CaseFile.Object(json.Fitting(resource.Schema), resource);
        fields.Update(null, state, "u", "");
        for (var i = random.Next(4); i > 0; i--)
        {
            if (random.Next(2) == 0)
            {
                state = CaseFile.Object(fields.Apply(state, Config(resource, json), $"p{i}", force: true, ""), resource);
                continue;
            }

            var now = CaseFile.Object(json.Fitting(resource.Schema), resource);
            fields.Update(state, now, $"u{i}", "");
            state = now;
        }

        return state;
    }

    private static JsonObject Config(ResourceDefinition resource, RandomJson json)
    {
        var config = (JsonObject)json.Fitting(resource.Schema)!;
        config["apiVersion"] = resource.Kind.ApiVersion;
        config["kind"] = resource.Kind.Kind;
        if (config.Map("metadata") is { } metadata)
        {
            foreach (var name in metadata.Select(p => p.Key).Where(k => k is not ("labels" or "annotations" or "finalizers")).ToList()) metadata.Remove(name);
        }

        return config;
    }

    private static string Pointer(Random random) => new[] { "", "/", "/spec", "/spec/containers", "/spec/containers/0", "/spec/containers/-", "/spec/containers/-1", "/metadata/labels/a", "/metadata/~1", "spec", "/spec/x/y" }[random.Next(11)];

    private static FieldManager Fields(ResourceDefinition resource) => new(resource, TimeProvider.System);

    private static void Try(Func<JsonObject> patch)
    {
        try
        {
            Assert.NotNull(patch());
        }
        catch (StatusException e)
        {
            Assert.InRange(e.Code, 400, 499);
        }
    }

    private static void Repeat(int times, Action<Random, RandomJson> check)
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("MINIK8S_SEED"), System.Globalization.CultureInfo.InvariantCulture, out var given) ? given : DefaultSeed;
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("MINIK8S_FUZZ_SECONDS"), System.Globalization.CultureInfo.InvariantCulture, out var wanted) ? wanted : 0;
        var watch = Stopwatch.StartNew();
        for (var seed = first; seed < first + times || watch.Elapsed.TotalSeconds < seconds; seed++)
        {
            var random = new Random(seed);
            try
            {
                check(random, new RandomJson(random));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"failed with seed {seed}: {e.Message}", e);
            }
        }
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Patch;

namespace Minik8s.ApiServer.Tests.Patches;

/// <summary>
/// Cases of strategic merge, merge and JSON patches: <c>live</c> and a <c>patch</c> give <c>result</c>, or fail with <c>code</c> and <c>error</c>.
/// </summary>
public sealed class PatchCaseTests
{
    public static TheoryData<string> Cases() => CaseFile.Names("strategic", "strategic-directives", "merge", "json");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_patch_gives_the_expected_object(string name)
    {
        var test = CaseFile.Find(name);
        var resource = CaseFile.Resource(test);
        var live = CaseFile.Object(test["live"], resource);
        if (test.Text("error") is { } error)
        {
            var failure = Assert.Throws<StatusException>(() => Apply(test, live, resource));
            Assert.Equal(test.Number("code") ?? 400, failure.Code);
            Assert.Contains(error, string.Join('\n', [failure.Message, .. failure.Details?.Causes?.Select(c => c.Message) ?? []]));
            return;
        }

        var before = live.DeepClone();
        Assert.Equal(CaseFile.Print(test["result"]), CaseFile.Print(CaseFile.Bare(Apply(test, live, resource))));
        Assert.True(JsonNode.DeepEquals(before, live), "the patched object must be a copy");
    }

    private static JsonObject Apply(JsonObject test, JsonObject live, ResourceDefinition resource)
    {
        if (test["json"] is { } operations) return JsonPatch.Parse(Text(operations), []).Apply(live);
        if (test["merge"] is { } merge) return MergePatch.Apply(live, PatchDocument.ParseObject(Text(merge), "error decoding patch: ", []));
        return StrategicMergePatch.Apply(live, PatchDocument.ParseObject(Text(test["patch"]!), "", []), resource.Schema);
    }

    // A text is the patch as it is sent; anything else is written as JSON.
    private static byte[] Text(JsonNode patch) => Encoding.UTF8.GetBytes(patch.Text() ?? patch.ToJsonString());
}

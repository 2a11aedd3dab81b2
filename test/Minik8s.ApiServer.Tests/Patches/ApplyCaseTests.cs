using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.ManagedFields;

namespace Minik8s.ApiServer.Tests.Patches;

/// <summary>
/// Cases of managed fields and server-side apply. Steps <c>apply</c> and <c>update</c> change an object one after the other; <c>object</c> and
/// <c>managers</c> are what is there in the end, or after a step. A step with <c>error</c> or <c>conflicts</c> fails and changes nothing.
/// </summary>
public sealed class ApplyCaseTests
{
    public static TheoryData<string> Cases() => CaseFile.Names("apply", "apply-lists", "apply-types", "managed-fields");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_sequence_of_writes_gives_the_expected_object_and_managers(string name)
    {
        var test = CaseFile.Find(name);
        var resource = CaseFile.Resource(test);
        var fields = new FieldManager(resource, new StepClock());
        var state = test["live"] is null ? null : CaseFile.Object(test["live"], resource);
        foreach (var step in test["steps"]!.AsArray().Select(s => s!.AsObject()))
        {
            if (step["error"] is not null || step["conflicts"] is not null)
            {
                var failure = Assert.Throws<StatusException>(() => Write(fields, state, step, resource));
                Assert.Equal(step["conflicts"] is null ? step.Number("code") ?? 400 : 409, failure.Code);
                if (step.Text("error") is { } error) Assert.Contains(error, failure.Message);
                if (step["conflicts"] is JsonArray conflicts) Assert.Equal(conflicts.Select(c => c.Text()), failure.Details!.Causes!.Select(c => $"{c.Message}: {c.Field}"));
                continue;
            }

            state = Write(fields, state, step, resource);
            Check(step, state);
        }

        Check(test, state!);
    }

    private static void Check(JsonObject expected, JsonObject state)
    {
        if (expected["object"] is { } obj) Assert.Equal(CaseFile.Print(obj), CaseFile.Print(CaseFile.Bare(state)));
        if (expected["managers"] is JsonObject managers)
        {
            Assert.Equal(
                string.Join('\n', managers.Select(m => $"{m.Key}: {string.Join(' ', m.Value!.AsArray().Select(p => p.Text()))}").Order(StringComparer.Ordinal)),
                string.Join('\n', Entries(state).Order(StringComparer.Ordinal)));
        }

        if (expected["times"] is JsonObject times)
        {
            Assert.Equal(string.Join('\n', times.Select(t => $"{t.Key}: {t.Value}").Order(StringComparer.Ordinal)), string.Join('\n', Managers.Read(state.Map("metadata")?["managedFields"]).All
                .Select(m => $"{Name(m.Key)}: {StepClock.StepOf(m.Value.Time!)}").Order(StringComparer.Ordinal)));
        }
    }

    private static IEnumerable<string> Entries(JsonObject state) =>
        Managers.Read(state.Map("metadata")?["managedFields"]).All.Select(m => $"{Name(m.Key)}: {m.Value.Fields.ToString().Replace('\n', ' ')}");

    private static string Name(ManagerKey key) =>
        $"{key.Manager}{(key.Applies ? "" : " update")}{(key.Applies || key.ApiVersion is "v1" or "apps/v1" or "example.com/v1" ? "" : " " + key.ApiVersion)}{(key.Subresource.Length > 0 ? " " + key.Subresource : "")}";

    private static JsonObject Write(FieldManager fields, JsonObject? state, JsonObject step, ResourceDefinition resource)
    {
        var manager = step.Text("manager") ?? "a";
        var subresource = step.Text("subresource") ?? "";
        JsonObject result;
        if (step["apply"] is JsonObject given)
        {
            var config = given.DeepClone().AsObject();
            if (!config.ContainsKey("apiVersion")) config["apiVersion"] = resource.Kind.ApiVersion;
            if (!config.ContainsKey("kind")) config["kind"] = resource.Kind.Kind;
            result = fields.Apply(state, config, manager, step.Flag("force"), subresource);
            return CaseFile.Object(result, resource);
        }

        result = CaseFile.Object(step["update"], resource);
        if (state is not null && subresource.Length > 0)
        {
            // As a kind's strategy does: all but the status stays.
            var whole = state.DeepClone().AsObject();
            whole["status"] = result["status"]?.DeepClone();
            result = whole;
        }
        else if (state?["status"] is { } status && resource.Subresources.Count > 0)
        {
            result["status"] = status.DeepClone();
        }

        fields.Update(state, result, manager, subresource);
        return result;
    }

    /// <summary>Goes on by a second at each look, so that it can be seen at which step a time was taken.</summary>
    private sealed class StepClock : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private int _step;

        public static int StepOf(string time) => (int)(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) - Start).TotalSeconds;

        public override DateTimeOffset GetUtcNow() => Start.AddSeconds(++_step);
    }
}

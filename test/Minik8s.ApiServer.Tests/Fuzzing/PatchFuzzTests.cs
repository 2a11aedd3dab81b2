using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Patch;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Patches beside plain readings of their RFCs.</summary>
public sealed class PatchFuzzTests(ITestOutputHelper output)
{
    private readonly FuzzRun _run = new(output);

    [Fact]
    public void The_difference_of_two_objects_merged_into_one_gives_the_other() => _run.Repeat((_, json) =>
    {
        var (from, to) = (WithoutNulls(json.Any()) as JsonObject ?? [], WithoutNulls(json.Any()) as JsonObject ?? []);
        var patch = PatchDocument.ParseObject(Encoding.UTF8.GetBytes(Difference(from, to).ToJsonString()), "", []);
        var merged = MergePatch.Apply(from, patch);
        Assert.True(JsonText.Same(to, merged), $"{from.ToJsonString()}\n{to.ToJsonString()}\n{merged.ToJsonString()}");
        Assert.True(JsonText.Same(merged, MergePatch.Apply(merged, patch)), "merged twice it is another");
    });

    [Fact]
    public void Operations_do_what_a_plain_reading_of_rfc_6902_does() => _run.Repeat((random, json) =>
    {
        var target = json.Any() as JsonObject ?? new JsonObject { ["a"] = json.Any(), ["b"] = new JsonArray(1, json.Any()) };
        var operations = new JsonArray();
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            operations.Add(new JsonObject
            {
                ["op"] = new[] { "add", "remove", "replace", "move", "copy", "test" }[random.Next(6)],
                ["path"] = Pointer(target, random),
                ["from"] = Pointer(target, random),
                ["value"] = json.Any(4),
            });
        }

        JsonNode? expected = null;
        try
        {
            var document = target.DeepClone();
            foreach (var operation in operations) document = Plain(document, operation!.AsObject());
            expected = document;
        }
        catch (InvalidOperationException)
        {
            // The RFC has it fail; Kubernetes has liberties, and takes some of these.
        }

        try
        {
            var actual = JsonPatch.Parse(Encoding.UTF8.GetBytes(operations.ToJsonString()), []).Apply(target);
            Assert.True(expected is null || JsonText.Same(expected, actual), $"{target.ToJsonString()}\n{operations.ToJsonString()}\n{expected?.ToJsonString()}\n{actual.ToJsonString()}");
        }
        catch (StatusException e)
        {
            Assert.InRange(e.Code, 400, 499);
            Assert.True(expected is not JsonObject, $"{e.Message}\n{target.ToJsonString()}\n{operations.ToJsonString()}");
        }
    });

    /// <summary>A place in the document, or one that could be.</summary>
    private static string Pointer(JsonNode root, Random random)
    {
        var (text, at) = (new StringBuilder(), (JsonNode?)root);
        do
        {
            var part = at switch
            {
                JsonObject { Count: > 0 } map when random.Next(6) > 0 => map.ElementAt(random.Next(map.Count)).Key,
                JsonArray list when random.Next(6) > 0 => random.Next(list.Count + 1).ToString(CultureInfo.InvariantCulture),
                JsonArray => "-",
                _ => "new",
            };
            text.Append('/').Append(part.Replace("~", "~0").Replace("/", "~1"));
            at = at switch
            {
                JsonObject map => map[part],
                JsonArray list when int.TryParse(part, CultureInfo.InvariantCulture, out var index) && index < list.Count => list[index],
                _ => null,
            };
        }
        while (at is JsonObject or JsonArray && random.Next(3) > 0);
        return text.ToString();
    }

    private static JsonNode Plain(JsonNode document, JsonObject operation)
    {
        var (path, from) = (operation["path"]!.GetValue<string>(), operation["from"]!.GetValue<string>());
        switch (operation["op"]!.GetValue<string>())
        {
            case "add":
                Put(document, path, operation["value"]?.DeepClone());
                break;
            case "remove":
                Take(document, path);
                break;
            case "replace":
                var (holder, key) = Holder(document, path);
                Find(holder, key);
                if (holder is JsonArray list) list[int.Parse(key, CultureInfo.InvariantCulture)] = operation["value"]?.DeepClone();
                else holder[key] = operation["value"]?.DeepClone();
                break;
            case "move":
                if (path.StartsWith(from + "/", StringComparison.Ordinal)) throw new InvalidOperationException("into itself");
                Put(document, path, Take(document, from));
                break;
            case "copy":
                var (source, name) = Holder(document, from);
                Put(document, path, Find(source, name)?.DeepClone());
                break;
            default:
                var (tested, member) = Holder(document, path);
                if (!JsonText.Same(Find(tested, member), operation["value"])) throw new InvalidOperationException("differs");
                break;
        }

        return document;
    }

    private static (JsonNode Holder, string Key) Holder(JsonNode document, string path)
    {
        var parts = path.Split('/').Skip(1).Select(p => p.Replace("~1", "/").Replace("~0", "~")).ToArray();
        var at = document;
        foreach (var part in parts[..^1]) at = Find(at, part) ?? throw new InvalidOperationException("leads nowhere");
        return at is JsonObject or JsonArray ? (at, parts[^1]) : throw new InvalidOperationException("leads nowhere");
    }

    private static JsonNode? Find(JsonNode holder, string key) => holder switch
    {
        JsonObject map when map.TryGetPropertyValue(key, out var value) => value,
        JsonArray list when int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Count => list[index],
        _ => throw new InvalidOperationException("is not there"),
    };

    private static void Put(JsonNode document, string path, JsonNode? value)
    {
        var (holder, key) = Holder(document, path);
        if (holder is JsonObject map) map[key] = value;
        else if (key == "-") holder.AsArray().Add(value);
        else if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= holder.AsArray().Count) holder.AsArray().Insert(index, value);
        else throw new InvalidOperationException("is no index");
    }

    private static JsonNode? Take(JsonNode document, string path)
    {
        var (holder, key) = Holder(document, path);
        var value = Find(holder, key);
        if (holder is JsonObject map) map.Remove(key);
        else holder.AsArray().RemoveAt(int.Parse(key, CultureInfo.InvariantCulture));
        return value;
    }

    private static JsonObject Difference(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var (name, _) in from)
        {
            if (!to.ContainsKey(name)) patch[name] = null;
        }

        foreach (var (name, value) in to)
        {
            if (from[name] is JsonObject before && value is JsonObject after) patch[name] = Difference(before, after);
            else if (!from.ContainsKey(name) || !JsonText.Same(from[name], value)) patch[name] = value?.DeepClone();
        }

        return patch;
    }

    private static JsonNode? WithoutNulls(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                var copy = new JsonObject();
                foreach (var (name, child) in map)
                {
                    if (WithoutNulls(child) is { } kept) copy[name] = kept;
                }

                return copy;
            default:
                return value?.DeepClone();
        }
    }
}

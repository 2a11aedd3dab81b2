using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.CustomResources;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Tests.Patches;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Definitions with schemas of any form; those that are accepted serve objects of any form.</summary>
public sealed class DefinitionFuzzTests(ITestOutputHelper output)
{
    private static readonly ResourceDefinition Definitions = BuiltInResources.All.First(r => r.Kind.Kind == "CustomResourceDefinition");

    private static readonly string[] Patterns = ["^a+$", "(a+)+$", "[", "(?i)x", "\\d{1,1000}", "(?<=a)b", "a{99999}", "\\p{Greek}", "^(([a-z])+.)+[A-Z]([a-z])+$", "", "(?P<n>a)", "\\Q.\\E", "[[:alpha:]]"];

    private static readonly string[] Paths = [".spec.a", ".metadata.name", ".spec.a[0].b", ".spec['a']", ".spec.a[*]", "{.spec}", "..", ".spec..a", ".a[?(@.b==1)]", "[", "", ".spec.a[-1:]"];

    private readonly FuzzRun _run = new(output);

    [Fact]
    public void Accepted_definitions_serve_objects_of_any_form()
    {
        var accepted = 0;
        _run.Repeat((random, json) => accepted += Try(random, json) ? 1 : 0);
        output.WriteLine($"{accepted} definitions were accepted");
        Assert.True(accepted > 0, "not one definition was accepted: the generator is wrong");
    }

    private static bool Try(Random random, RandomJson json)
    {
        var definition = Definition(random, json);
        var errors = new List<FieldError>();
        JsonObject decoded;
        try
        {
            var bytes = Encoding.UTF8.GetBytes(definition.ToJsonString());
            decoded = (Definitions.Decoder?.Decode(bytes) ?? ObjectDecoder.Decode(bytes, Definitions.Schema)).Object;
        }
        catch (Exception e) when (e is DecodeException or StatusException)
        {
            return false;
        }

        Definitions.Strategy.ApplyDefaults(decoded);
        Definitions.Strategy.PrepareForCreate(decoded);
        Definitions.Strategy.ValidateCreate(decoded, errors);
        if (errors.Count > 0) return false;
        decoded["status"] = new JsonObject { ["acceptedNames"] = decoded.Map("spec").Map("names")!.DeepClone() };
        var resource = CustomResourceFactory.Make(decoded, _ => null).Stored;
        var fields = new FieldManager(resource, TimeProvider.System);
        for (var n = 0; n < 4; n++)
        {
            var instance = Instance(random, json, decoded);
            try
            {
                Serve(resource, fields, instance, random);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\n{decoded.ToJsonString()}\n{instance.ToJsonString()}", e);
            }
        }

        return true;
    }

    private static void Serve(ResourceDefinition resource, FieldManager fields, JsonObject instance, Random random)
    {
        var errors = new List<FieldError>();
        try
        {
            var obj = resource.Decoder!.Decode(Encoding.UTF8.GetBytes(instance.ToJsonString())).Object;
            resource.Strategy.ApplyDefaults(obj);
            resource.Strategy.PrepareForCreate(obj);
            resource.Strategy.ValidateCreate(obj, errors);
            // Pruned and completed once, an object stays as it is.
            var again = resource.Decoder.Decode(Encoding.UTF8.GetBytes(obj.ToJsonString())).Object;
            resource.Strategy.ApplyDefaults(again);
            resource.Strategy.PrepareForCreate(again);
            Assert.True(JsonNode.DeepEquals(obj, again), $"{obj.ToJsonString()}\n{again.ToJsonString()}");
            if (errors.Count > 0) return;
            fields.Update(null, obj, "u", "");
            using var cells = new Utf8JsonWriter(Stream.Null);
            using var document = JsonDocument.Parse(obj.ToJsonString());
            cells.WriteStartArray();
            resource.Printer.WriteCells(document.RootElement, DateTimeOffset.UnixEpoch, cells);
            cells.WriteEndArray();
            instance.Map("metadata")?.Remove("managedFields");
            fields.Apply(obj, instance, "z", force: random.Next(2) == 0, "");
        }
        catch (Exception e) when (e is DecodeException or StatusException)
        {
            // Refused.
        }
    }

    private static JsonObject Definition(Random random, RandomJson json)
    {
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["spec"] = Schema(random, json, 0), ["status"] = Schema(random, json, 3) } };
        var version = new JsonObject
        {
            ["name"] = "v1",
            ["served"] = true,
            ["storage"] = true,
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = random.Next(8) == 0 ? json.Mutated(schema) : schema },
            ["additionalPrinterColumns"] = new JsonArray(new JsonObject { ["name"] = "A", ["type"] = new[] { "string", "date", "integer", "boolean", "number", "x" }[random.Next(6)], ["jsonPath"] = Paths[random.Next(Paths.Length)] }),
        };
        if (random.Next(3) == 0) version["subresources"] = new JsonObject { ["status"] = new JsonObject(), ["scale"] = new JsonObject { ["specReplicasPath"] = Paths[random.Next(Paths.Length)], ["statusReplicasPath"] = ".status.a" } };
        if (random.Next(4) == 0) version["selectableFields"] = new JsonArray(new JsonObject { ["jsonPath"] = Paths[random.Next(Paths.Length)] });
        var definition = new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = "things.example.com" },
            ["spec"] = new JsonObject
            {
                ["group"] = "example.com",
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["plural"] = "things", ["kind"] = "Thing" },
                ["versions"] = new JsonArray(version),
            },
        };
        return random.Next(6) == 0 && json.Mutated(definition) is JsonObject mutated ? mutated : definition;
    }

    private static JsonObject Schema(Random random, RandomJson json, int depth)
    {
        var schema = new JsonObject();
        var type = depth > 4 ? random.Next(5) : random.Next(9);
        switch (type)
        {
            case 0:
                schema["type"] = "string";
                if (random.Next(3) == 0) schema["pattern"] = Patterns[random.Next(Patterns.Length)];
                if (random.Next(4) == 0) schema["format"] = new[] { "date-time", "byte", "uuid", "ipv4", "duration", "hostname", "x" }[random.Next(7)];
                if (random.Next(4) == 0) schema["maxLength"] = random.Next(-1, 4);
                if (random.Next(5) == 0) schema["enum"] = new JsonArray("x", "y");
                break;
            case 1:
                schema["type"] = "integer";
                if (random.Next(3) == 0) schema["minimum"] = random.Next(-2, 4);
                if (random.Next(4) == 0) schema["multipleOf"] = random.Next(0, 3);
                break;
            case 2:
                schema["type"] = new[] { "boolean", "number", "null", "thing", "" }[random.Next(5)];
                break;
            case 3:
                schema["x-kubernetes-int-or-string"] = true;
                break;
            case 4:
                schema["type"] = "object";
                schema["x-kubernetes-preserve-unknown-fields"] = random.Next(4) > 0;
                break;
            case 5:
                schema["type"] = "array";
                schema["items"] = Schema(random, json, depth + 1);
                if (random.Next(3) == 0)
                {
                    schema["x-kubernetes-list-type"] = new[] { "atomic", "set", "map", "x" }[random.Next(4)];
                    if (random.Next(2) == 0) schema["x-kubernetes-list-map-keys"] = new JsonArray("a");
                }

                if (random.Next(4) == 0) schema["maxItems"] = random.Next(3);
                if (random.Next(4) == 0) schema["uniqueItems"] = random.Next(3) == 0;
                break;
            case 6:
                schema["type"] = "object";
                schema["additionalProperties"] = random.Next(5) == 0 ? random.Next(2) == 0 : Schema(random, json, depth + 1);
                break;
            default:
                schema["type"] = "object";
                schema["properties"] = new JsonObject("abc".Take(random.Next(4)).Select(c => KeyValuePair.Create(c.ToString(), (JsonNode?)Schema(random, json, depth + 1))));
                if (random.Next(3) == 0) schema["required"] = new JsonArray("a");
                if (random.Next(6) == 0) schema["x-kubernetes-map-type"] = new[] { "atomic", "granular", "x" }[random.Next(3)];
                break;
        }

        if (random.Next(6) == 0) schema["nullable"] = true;
        if (random.Next(6) == 0) schema["default"] = json.Any(3);
        if (random.Next(12) == 0) schema[new[] { "anyOf", "oneOf", "allOf" }[random.Next(3)]] = new JsonArray(new JsonObject { ["required"] = new JsonArray("a") }, new JsonObject { ["minimum"] = 1 });
        if (random.Next(12) == 0) schema["not"] = new JsonObject { ["required"] = new JsonArray("b") };
        if (random.Next(20) == 0) schema["x-kubernetes-embedded-resource"] = true;
        if (random.Next(20) == 0) schema["$ref"] = "#/definitions/x";
        return schema;
    }

    /// <summary>An object that fits the schema's first structure by chance, and often enough does not.</summary>
    private static JsonObject Instance(Random random, RandomJson json, JsonObject definition) => new()
    {
        ["apiVersion"] = "example.com/v1",
        ["kind"] = "Thing",
        ["metadata"] = new JsonObject { ["name"] = "x" },
        ["spec"] = Value(random, json, definition.Map("spec").Items("versions").First().Map("schema").Map("openAPIV3Schema").Map("properties").Map("spec"), 0),
    };

    private static JsonNode? Value(Random random, RandomJson json, JsonObject? schema, int depth)
    {
        if (schema is null || depth > 8 || random.Next(10) == 0) return json.Any(3);
        return schema.Text("type") switch
        {
            "string" => JsonValue.Create(new[] { "x", "y", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "2026-01-01T00:00:00Z", "AAAA", "" }[random.Next(6)]),
            "integer" or "number" => JsonValue.Create(random.Next(-2, 5)),
            "boolean" => JsonValue.Create(random.Next(2) == 0),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, json, schema.Map("items"), depth + 1))]),
            "object" => new JsonObject("abcd".Where(_ => random.Next(2) == 0).Select(c => KeyValuePair.Create(c.ToString(), Value(random, json, schema.Map("properties").Map(c.ToString()) ?? schema.Map("additionalProperties"), depth + 1)))),
            _ => json.Any(3),
        };
    }
}

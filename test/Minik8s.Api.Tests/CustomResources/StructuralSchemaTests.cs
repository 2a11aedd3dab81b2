using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Tests.CustomResources;

/// <summary>What a schema may say, and what pruning and defaulting make of it.</summary>
public sealed class StructuralSchemaTests
{
    [Theory]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", "s.type: Required value: must not be empty at the root")]
    [InlineData("""{"type":"string"}""", "s.type: Invalid value: \"string\": must be object at the root")]
    [InlineData("""{"type":"object","properties":{"a":{}}}""", "s.properties[a].type: Required value: must not be empty for specified object fields")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array"}}}""", "s.properties[a].items: Required value: must be specified")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{}}}}""", "s.properties[a].items.type: Required value: must not be empty for specified array items")]
    [InlineData("""{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]}}}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"x-kubernetes-preserve-unknown-fields":true}}}""", "")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", "s.additionalProperties: Forbidden: must not be used at the root")]
    [InlineData("""{"type":"object","anyOf":[{"type":"object"}]}""", "s.anyOf[0].type: Forbidden: must be empty to be structural")]
    [InlineData("""{"type":"object","not":{"properties":{"a":{"minLength":1}}}}""", "s.properties[a]: Required value: because it is defined in s.not.properties[a]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"allOf":[{"properties":{"a":{"properties":{"b":{"enum":["x"]}}}}}]}""", "s.properties[a].properties[b]: Required value: because it is defined in s.allOf[0].properties[a].properties[b]")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}""", "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object","properties":{"name":{"type":"string","maxLength":9}}}}}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true}}}""", "s.properties[a].type: Invalid value: \"string\": must be object if x-kubernetes-embedded-resource is true")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}}}}""", "s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"text"}}}""", "s.properties[a].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","uniqueItems":true,"items":{"type":"string"}}}}""", "s.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","$ref":"#/x"}}}""", "s.properties[a].$ref: Forbidden: $ref is not supported")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map","items":{"type":"object"}}}}""", "s.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","properties":{"k":{"type":"string"}}}}}}""",
        "s.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"object"}}}}""", "s.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","x-kubernetes-map-type":"some"}}}""", "s.properties[a].x-kubernetes-map-type: Unsupported value: \"some\": supported values: \"atomic\", \"granular\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","default":{"x":1}}}}""", "s.properties[a].default: Invalid value: {\"x\":1}: must not have unknown fields")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","minimum":3,"default":1}}}""", "s.properties[a].default: Invalid value: 1: s.properties[a].default in body should be greater than or equal to 3")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object","default":{}}}}""", "s.properties[metadata].default: Forbidden: must not be set in top-level metadata")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-validations":[{"rule":" "}]}}}""", "s.properties[a].x-kubernetes-validations[0].rule: Required value: rule is not specified")]
    public void A_schema_is_structural_or_says_why_not(string schema, string expected)
    {
        var errors = new List<FieldError>();
        SchemaValidation.Validate(Parse(schema), hasStatus: false, "s", errors);
        Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), errors.Select(e => e.ToString()));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}}""", """{"a":{"b":"x","c":1},"d":2}""", """{"a":{"b":"x"}}""", "a.c,d")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"b":{"type":"object","properties":{}}}}}}""", """{"a":{"b":{"x":1},"c":{"y":1}}}""", """{"a":{"b":{},"c":{"y":1}}}""", "a.b.x")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string"}}}}}}""", """{"a":[{"b":"x","c":1}]}""", """{"a":[{"b":"x"}]}""", "a[0].c")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"object","properties":{"b":{"type":"string"}}}}}}""", """{"a":{"k":{"b":"x","c":1}}}""", """{"a":{"k":{"b":"x"}}}""", "a.k.c")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","x-kubernetes-embedded-resource":true,"properties":{"spec":{"type":"object"}}}}}""", """{"a":{"apiVersion":"v1","kind":"P","metadata":{"x":1},"spec":{},"other":1}}""", """{"a":{"apiVersion":"v1","kind":"P","metadata":{"x":1},"spec":{}}}""", "a.other")]
    public void Pruning_takes_away_what_the_schema_does_not_name(string schema, string value, string expected, string unknown)
    {
        var obj = Parse(value);
        var gone = new List<string>();
        StructuralPruning.Prune(obj, StructuralSchemaReader.Read(Parse(schema)), isResource: false, gone);
        Assert.Equal(expected, obj.ToJsonString());
        Assert.Equal(unknown, string.Join(',', gone.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("""{"a":{"type":"string","default":"x"}}""", "{}", """{"a":"x"}""")]
    [InlineData("""{"a":{"type":"string","default":"x"}}""", """{"a":null}""", """{"a":"x"}""")]
    [InlineData("""{"a":{"type":"string","default":"x","nullable":true}}""", """{"a":null}""", """{"a":null}""")]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":{"type":"string","nullable":true}}""", """{"a":null}""", """{"a":null}""")]
    [InlineData("""{"a":{"type":"object","properties":{"b":{"type":"integer","default":1}}}}""", "{}", "{}")]
    [InlineData("""{"a":{"type":"object","default":{},"properties":{"b":{"type":"integer","default":1}}}}""", "{}", """{"a":{"b":1}}""")]
    [InlineData("""{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer","default":1}}}}}""", """{"a":[{},{"b":2}]}""", """{"a":[{"b":1},{"b":2}]}""")]
    [InlineData("""{"a":{"type":"object","additionalProperties":{"type":"object","properties":{"b":{"type":"integer","default":1}}}}}""", """{"a":{"k":{},"n":null}}""", """{"a":{"k":{"b":1}}}""")]
    public void Defaults_stand_for_what_is_absent(string properties, string value, string expected)
    {
        var obj = Parse(value);
        StructuralDefaulting.Apply(obj, StructuralSchemaReader.Read(new JsonObject { ["type"] = "object", ["properties"] = JsonNode.Parse(properties) }));
        Assert.Equal(expected, obj.ToJsonString());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}

using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Tests.CustomResources;

public sealed class ValueValidationTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "1", "f: Invalid value: \"integer\": f in body must be of type string: \"integer\"")]
    [InlineData("""{"type":"integer"}""", "1.5", "f: Invalid value: \"number\": f in body must be of type integer: \"number\"")]
    [InlineData("""{"type":"integer"}""", "1.0", "")]
    [InlineData("""{"type":"number"}""", "1", "")]
    [InlineData("""{"type":"boolean"}""", "\"true\"", "f: Invalid value: \"string\": f in body must be of type boolean: \"string\"")]
    [InlineData("""{"type":"string"}""", "null", "f: Invalid value: \"null\": f in body must be of type string: \"null\"")]
    [InlineData("""{"type":"string","nullable":true}""", "null", "")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "\"a\"", "")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "true", "f: Invalid value: \"boolean\": f in body must be of type integer,string: \"boolean\"")]
    [InlineData("""{"type":"string","minLength":2}""", "\"a\"", "f: Invalid value: \"a\": f in body should be at least 2 chars long")]
    [InlineData("""{"type":"string","maxLength":2}""", "\"äöü\"", "f: Too long: may not be more than 2 bytes")]
    [InlineData("""{"type":"string","maxLength":2}""", "\"äö\"", "")]
    [InlineData("""{"type":"string","pattern":"^a+$"}""", "\"aab\"", "f: Invalid value: \"aab\": f in body should match '^a+$'")]
    [InlineData("""{"type":"string","enum":["a","b"]}""", "\"c\"", "f: Unsupported value: \"c\": supported values: \"a\", \"b\"")]
    [InlineData("""{"type":"integer","enum":[1,2]}""", "3", "f: Unsupported value: 3: supported values: \"1\", \"2\"")]
    [InlineData("""{"type":"integer","minimum":1}""", "0", "f: Invalid value: 0: f in body should be greater than or equal to 1")]
    [InlineData("""{"type":"integer","minimum":1,"exclusiveMinimum":true}""", "1", "f: Invalid value: 1: f in body should be greater than 1")]
    [InlineData("""{"type":"number","maximum":0.5}""", "0.75", "f: Invalid value: 0.75: f in body should be less than or equal to 0.5")]
    [InlineData("""{"type":"number","maximum":1,"exclusiveMaximum":true}""", "1", "f: Invalid value: 1: f in body should be less than 1")]
    [InlineData("""{"type":"number","multipleOf":0.1}""", "0.3", "")]
    [InlineData("""{"type":"integer","multipleOf":4}""", "6", "f: Invalid value: 6: f in body should be a multiple of 4")]
    [InlineData("""{"type":"integer","format":"int32"}""", "3000000000", "f: Invalid value: 3000000000: f in body must be of type integer with format int32")]
    [InlineData("""{"type":"array","minItems":1,"items":{"type":"string"}}""", "[]", "f: Invalid value: 0: f in body should have at least 1 items")]
    [InlineData("""{"type":"array","maxItems":1,"items":{"type":"string"}}""", """["a","b"]""", "f: Too many: 2: must have at most 1 items")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"object"}}""", """[{"a":1,"b":2},{"b":2,"a":1}]""", "f: Invalid value: [{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]: f in body shouldn't contain duplicates")]
    [InlineData("""{"type":"array","items":{"type":"string"}}""", """["a",1]""", "f[1]: Invalid value: \"integer\": f[1] in body must be of type string: \"integer\"")]
    [InlineData("""{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}""", """["a","a"]""", "f[1]: Duplicate value: \"a\"")]
    [InlineData("""{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["n","p"],"items":{"type":"object"}}""", """[{"n":"a","p":1},{"n":"a","p":2},{"n":"a","p":1,"x":3}]""", "f[2]: Duplicate value: {\"n\":\"a\",\"p\":1}")]
    [InlineData("""{"type":"object","required":["a"]}""", "{}", "f.a: Required value")]
    [InlineData("""{"type":"object","minProperties":1}""", "{}", "f: Invalid value: {}: f in body should have at least 1 properties")]
    [InlineData("""{"type":"object","maxProperties":1,"x-kubernetes-preserve-unknown-fields":true}""", """{"a":1,"b":2}""", "f: Too many: 2: must have at most 1 items")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{"a":"b"}""", "f.a: Invalid value: \"string\": f.a in body must be of type integer: \"string\"")]
    [InlineData("""{"type":"integer","anyOf":[{"minimum":5},{"maximum":1}]}""", "3", "f: Invalid value: \"\": \"f\" must validate at least one schema (anyOf)|f: Invalid value: 3: f in body should be greater than or equal to 5")]
    [InlineData("""{"type":"integer","oneOf":[{"minimum":1},{"minimum":2}]}""", "3", "f: Invalid value: \"\": \"f\" must validate one and only one schema (oneOf). Found 2 valid alternatives")]
    [InlineData("""{"type":"integer","allOf":[{"minimum":1},{"maximum":2}]}""", "3", "f: Invalid value: 3: f in body should be less than or equal to 2|f: Invalid value: \"\": \"f\" must validate all the schemas (allOf)")]
    [InlineData("""{"type":"integer","not":{"enum":[3]}}""", "3", "f: Invalid value: \"\": \"f\" must not validate the schema (not)")]
    public void A_value_is_checked_in_kubernetes_words(string schema, string value, string expected) =>
        Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), Errors(schema, value, null));

    [Theory]
    [InlineData("date-time", "2026-01-01T00:00:00Z", "2026-01-01")]
    [InlineData("date", "2026-02-28", "2026-02-30")]
    [InlineData("duration", "1h30m", "1 fortnight")]
    [InlineData("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567")]
    [InlineData("ipv4", "10.0.0.1", "10.0.1")]
    [InlineData("ipv6", "fe80::1", "10.0.0.1")]
    [InlineData("cidr", "10.0.0.0/8", "10.0.0.0/33")]
    [InlineData("mac", "01:23:45:67:89:ab", "01:23")]
    [InlineData("hostname", "a.example.com", "a_b")]
    [InlineData("email", "a@example.com", "a at example")]
    [InlineData("uri", "https://example.com/a", "a b c")]
    [InlineData("byte", "YWJj", "a")]
    [InlineData("hexcolor", "#ff00aa", "red")]
    [InlineData("k8s-short-name", "abc", "A")]
    public void A_format_is_checked(string format, string good, string bad)
    {
        var schema = $$"""{"type":"string","format":"{{format}}"}""";
        Assert.Empty(Errors(schema, $"\"{good}\"", null));
        Assert.Equal([$"f: Invalid value: \"{bad}\": f in body must be of type {format}: \"{bad}\""], Errors(schema, $"\"{bad}\"", null));
    }

    [Fact]
    public void What_an_update_leaves_alone_is_not_checked_again()
    {
        const string schema = """{"type":"object","properties":{"a":{"type":"string","maxLength":1},"b":{"type":"string","maxLength":1}}}""";
        Assert.Empty(Errors(schema, """{"a":"long","b":"x"}""", """{"a":"long","b":"y"}"""));
        Assert.Equal(["f.b: Too long: may not be more than 1 bytes"], Errors(schema, """{"a":"long","b":"longer"}""", """{"a":"long","b":"y"}"""));
    }

    [Fact]
    public void Items_of_a_map_list_are_told_apart_by_their_keys()
    {
        const string schema = """{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["n"],"items":{"type":"object","properties":{"n":{"type":"string"},"v":{"type":"string","maxLength":1}}}}""";
        Assert.Empty(Errors(schema, """[{"n":"new","v":"x"},{"n":"a","v":"long"}]""", """[{"n":"a","v":"long"}]"""));
    }

    private static IEnumerable<string> Errors(string schema, string value, string? old)
    {
        var errors = new List<FieldError>();
        new ValueValidation(errors).Validate(JsonNode.Parse(value), old is null ? null : JsonNode.Parse(old), StructuralSchemaReader.Read(JsonNode.Parse(schema)!.AsObject()), "f");
        return errors.Select(e => e.ToString());
    }
}

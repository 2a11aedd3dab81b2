using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Yaml;

namespace Minik8s.Api.Tests.Yaml;

public sealed class YamlEncoderTests
{
    [Fact]
    public void FromJson_writes_blocks_and_quotes_only_what_would_be_read_as_something_else()
    {
        var yaml = Encode("""{"apiVersion":"v1","metadata":{"name":"a","labels":{}},"data":{"on":"yes","n":"1","text":"a\nb\n","plain":"with: colon"},"list":[1,true,null,"x",[],{"k":"v"}]}""");
        Assert.Equal(
            """
            apiVersion: v1
            metadata:
              name: a
              labels: {}
            data:
              "on": "yes"
              "n": "1"
              text: |
                a
                b
              plain: 'with: colon'
            list:
            - 1
            - true
            - null
            - x
            - []
            - k: v

            """.ReplaceLineEndings("\n"),
            yaml);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("~")]
    [InlineData("null")]
    [InlineData("no")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("-1.5")]
    [InlineData("1_0")]
    [InlineData("2026-01-01T00:00:00Z")]
    [InlineData(".inf")]
    [InlineData("- a")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("#a")]
    [InlineData("*a")]
    [InlineData("&a")]
    [InlineData("!a")]
    [InlineData("<<")]
    [InlineData("{a}")]
    [InlineData("[a]")]
    [InlineData("'a'")]
    [InlineData("\"a\"")]
    [InlineData("a\n")]
    [InlineData("\na")]
    [InlineData("  a\nb")]
    [InlineData("a\n\n\n")]
    [InlineData("a\r\nb")]
    [InlineData("a\tb")]
    [InlineData("\u0001")]
    [InlineData("\u0085\u2028")]
    [InlineData("---")]
    [InlineData("...")]
    [InlineData("é漢😀")]
    [InlineData("a ")]
    public void What_FromJson_writes_is_read_back_as_the_same_json(string text)
    {
        var json = new JsonObject { ["a"] = text, ["b"] = new JsonArray(text), [text] = "key", ["c"] = new JsonObject { ["d"] = new JsonArray(new JsonObject { ["e"] = text }) } };
        var back = JsonNode.Parse(YamlDecoder.ToJson(Encoding.UTF8.GetBytes(Encode(json.ToJsonString()))));
        Assert.Equal(json.ToJsonString(), back!.ToJsonString());
    }

    private static string Encode(string json) => Encoding.UTF8.GetString(YamlEncoder.FromJson(Encoding.UTF8.GetBytes(json)));
}

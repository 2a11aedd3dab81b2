using System.Text;
using Minik8s.Api.Decoding;
using Minik8s.Api.Yaml;

namespace Minik8s.Api.Tests.Yaml;

public sealed class YamlDecoderTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: !!str 1", """{"a":"1"}""")]
    [InlineData("a: 1.5", """{"a":1.5}""")]
    [InlineData("a: 0x1f", """{"a":31}""")]
    [InlineData("a: 0644", """{"a":420}""")]
    [InlineData("a: 0o644", """{"a":420}""")]
    [InlineData("a: 1_000", """{"a":1000}""")]
    [InlineData("a: yes\nb: Off\nc: True", """{"a":true,"b":false,"c":true}""")]
    [InlineData("a:\nb: ~\nc: null", """{"a":null,"b":null,"c":null}""")]
    [InlineData("a: 1.2.3", """{"a":"1.2.3"}""")]
    [InlineData("a: 10.0.0.1", """{"a":"10.0.0.1"}""")]
    [InlineData("a: 99999999999999999999", """{"a":1E+20}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    [InlineData("a: [b, {c: d}]", """{"a":["b",{"c":"d"}]}""")]
    [InlineData("1: a\ntrue: b", """{"1":"a","true":"b"}""")]
    [InlineData("---\na: b\n...\n", """{"a":"b"}""")]
    [InlineData("", "null")]
    [InlineData("a: &x {b: c}\nd: *x", """{"a":{"b":"c"},"d":{"b":"c"}}""")]
    [InlineData("a: &x {b: c, e: f}\nd: {<<: *x, b: g}", """{"a":{"b":"c","e":"f"},"d":{"b":"g","e":"f"}}""")]
    [InlineData("a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}", """{"a":{"b":1},"c":{"b":2,"d":3},"e":{"b":1,"d":3}}""")]
    [InlineData("{\"a\": {\"b\": [1, \"2\"]}}", """{"a":{"b":[1,"2"]}}""")]
    public void ToJson_types_scalars_by_their_look_and_follows_aliases(string yaml, string json) =>
        Assert.Equal(json, Encoding.UTF8.GetString(YamlDecoder.ToJson(Encoding.UTF8.GetBytes(yaml))));

    [Theory]
    [InlineData("a: [b", "yaml: line")]
    [InlineData("a: b\n\tc: d", "yaml: line")]
    [InlineData("a: b\n---\nc: d", "more than one document")]
    [InlineData("a: \"\\ud800\"", "yaml: ")]
    [InlineData("a: \"\\UFFFFFFFF\"", "yaml: ")]
    [InlineData("a: *unknown", "unknown anchor 'unknown' referenced")]
    [InlineData("[a]: b", "a key is not a scalar")]
    [InlineData("{<<: 1}", "map merge requires map or sequence of maps")]
    public void ToJson_refuses_what_is_not_one_document(string yaml, string message) => Assert.Contains(message, Refused(yaml));

    [Fact]
    public void ToJson_bounds_depth_however_deep_the_text_goes()
    {
        Assert.Contains("exceeded max depth", Refused(new string('[', 1_000_000)));
        Assert.Contains("exceeded max depth", Refused(string.Concat(Enumerable.Repeat("{a: ", 1_000_000))));
        Assert.Contains("exceeded max depth", Refused(string.Concat(Enumerable.Range(0, 100).Select(i => $"a{i}: &a{i} [[{(i == 0 ? "1" : $"*a{i - 1}")}]]\n"))));
    }

    [Fact]
    public void ToJson_bounds_the_growth_of_aliases()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++) bomb.Append($"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Contains("excessive aliasing", Refused(bomb.ToString()));
        var merges = new StringBuilder("a0: &a0 {x: 1}\n");
        for (var i = 1; i < 40; i++) merges.Append($"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n");
        Assert.Contains("excessive aliasing", Refused(merges.ToString()));
    }

    private static string Refused(string yaml) => Assert.Throws<DecodeException>(() => YamlDecoder.ToJson(Encoding.UTF8.GetBytes(yaml))).Message;
}

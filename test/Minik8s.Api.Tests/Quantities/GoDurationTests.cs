using Minik8s.Api.Quantities;

namespace Minik8s.Api.Tests.Quantities;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1s", 1000)]
    [InlineData("1.5s", 1500)]
    [InlineData("1h30m", 5400000)]
    [InlineData("250ms", 250)]
    [InlineData("-2s", -2000)]
    [InlineData("1m0.5s", 60500)]
    [InlineData(".5s", 500)]
    public void A_span_is_read(string text, double milliseconds) => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), GoDuration.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("1x")]
    [InlineData("1.2.3s")]
    [InlineData("--1s")]
    [InlineData("1s ")]
    [InlineData("9999999999h")]
    public void What_is_no_span_is_refused(string text) => Assert.Null(GoDuration.Parse(text));
}

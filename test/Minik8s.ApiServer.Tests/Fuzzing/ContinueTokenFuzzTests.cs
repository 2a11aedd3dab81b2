using System.Text;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Tokens that clients send back: those that were given out mean what they meant, all others are refused.</summary>
public sealed class ContinueTokenFuzzTests(ITestOutputHelper output)
{
    private const string Prefix = "/registry/clusterroles/";

    private static readonly string[] Pieces = ["a", "system:x", "\"", "\\", "\\u0041", "{", "é", "\ud83d\ude00", " ", "\n", "\u0001", "'", "+", "<"];

    private readonly FuzzRun _run = new(output);

    [Fact]
    public void A_token_comes_back_as_it_was_given() => _run.Repeat((random, _) =>
    {
        var token = new ContinueToken(random.Next(5) == 0 ? -1 : random.NextInt64(1, long.MaxValue), Prefix + string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Pieces[random.Next(Pieces.Length)])));
        Assert.Equal(token, ContinueToken.Decode(token.Encode(), Prefix));
    });

    [Fact]
    public void Any_other_token_is_refused() => _run.Repeat((random, json) =>
    {
        var bytes = random.Next(2) == 0
            ? Encoding.UTF8.GetBytes(json.Any()?.ToJsonString() ?? "null")
            : Damage.Of(Convert.FromBase64String(new ContinueToken(7, Prefix + "x").Encode()), random);
        try
        {
            var decoded = ContinueToken.Decode(random.Next(4) == 0 ? Encoding.UTF8.GetString(bytes) : Convert.ToBase64String(bytes), Prefix);
            Assert.StartsWith(Prefix, decoded.After, StringComparison.Ordinal);
        }
        catch (StatusException e)
        {
            Assert.Equal(400, e.Code);
        }
    });
}

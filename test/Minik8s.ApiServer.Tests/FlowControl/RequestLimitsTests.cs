using Microsoft.Extensions.Time.Testing;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.FlowControl;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Tests.FlowControl;

public sealed class RequestLimitsTests
{
    private static readonly RequestInfo List = RequestInfo.Parse("GET", "/api/v1/pods", _ => null);

    private readonly RequestLimits _limits = new(new FakeTimeProvider());

    [Theory]
    [InlineData("/api/v1/pods", "watch", true)]
    [InlineData("/api/v1/namespaces/a/pods/p/exec", null, true)]
    [InlineData("/api/v1/namespaces/a/pods/p/log", null, true)]
    [InlineData("/readyz", null, true)]
    [InlineData("/api/v1/pods", null, false)]
    [InlineData("/openapi/v2", null, false)]
    public void Requests_without_an_end_and_health_checks_are_exempt(string path, string? query, bool exempt) =>
        Assert.Equal(exempt, RequestLimits.IsExempt(User("jane"), RequestInfo.Parse("GET", path, name => name == query ? "true" : null)));

    [Fact]
    public async Task Administrators_are_never_held_up()
    {
        for (var i = 0; i < 1000; i++) Assert.Null(await _limits.EnterAsync(User("admin", "system:masters"), List, default));
    }

    [Fact]
    public async Task A_class_that_is_full_leaves_the_others_their_seats()
    {
        var noisy = Enumerable.Range(0, 600).Select(_ => _limits.EnterAsync(User("noisy"), List, default).AsTask()).ToList();
        Assert.Equal(200, noisy.Count(n => n.IsCompleted));
        var refused = await Assert.ThrowsAsync<StatusException>(() => _limits.EnterAsync(User("noisy"), List, default).AsTask());
        Assert.Equal(429, refused.Code);
        Assert.Equal(1, refused.Details!.RetryAfterSeconds);
        Assert.NotNull(await _limits.EnterAsync(User("system:node:n1", "system:nodes"), List, default));
        Assert.NotNull(await _limits.EnterAsync(User("system:kube-scheduler"), List, default));
        Assert.NotNull(await _limits.EnterAsync(UserInfo.Anonymous, List, default));
        // Another of the same class gets the next seat that becomes free.
        var quiet = _limits.EnterAsync(User("quiet"), List, default).AsTask();
        (await noisy[0])!.Dispose();
        (await noisy[1])!.Dispose();
        Assert.NotNull(await quiet);
    }

    private static UserInfo User(string name, params string[] groups) => new(name, [.. groups, "system:authenticated"]);
}

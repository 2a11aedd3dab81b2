using Minik8s.Api.Identity;

namespace Minik8s.Api.Tests.Identity;

public sealed class VersionOrderTests
{
    [Theory]
    [InlineData("v1 v2", "v2 v1")]
    [InlineData("v1beta1 v1 v1alpha1 v10beta3 v10 v11alpha2 v2", "v10 v2 v1 v10beta3 v1beta1 v11alpha2 v1alpha1")]
    [InlineData("v3beta1 v12alpha1 foo10 foo1 v11beta2 v12alpha2", "v11beta2 v3beta1 v12alpha2 v12alpha1 foo1 foo10")]
    [InlineData("v v1gamma1 v1beta v1 1", "v1 1 v v1beta v1gamma1")]
    public void Versions_are_ordered_as_kubernetes_prefers_them(string versions, string expected) =>
        Assert.Equal(expected, string.Join(' ', versions.Split(' ').Order(VersionOrder.Instance)));
}

using Minik8s.Testing;

namespace Minik8s.Integration;

/// <summary>The official JavaScript client takes the server for Kubernetes.</summary>
public sealed class JavaScriptClientTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    [Fact]
    public async Task The_JavaScript_client_works()
    {
        const string Namespace = "javascript";
        (await shared.Plane.Kubectl("create", "namespace", Namespace)).Succeeded();
        var run = await JavaScript.RunAsync("api.mjs", shared.Plane.Kubeconfig, Namespace);
        Assert.True(run.Output.EndsWith("done\n", StringComparison.Ordinal), $"{run.Output}\n{run.Error}");
    }
}

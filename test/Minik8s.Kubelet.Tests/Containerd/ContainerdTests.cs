using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Kubelet.Containerd;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Images;

namespace Minik8s.Kubelet.Tests.Containerd;

/// <summary>A real containerd of our own, without a network: sandboxes share the host's.</summary>
public sealed class ContainerdTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mk8s-containerd-").FullName;
    private readonly ContainerdOptions _options;

    public ContainerdTests() => _options = new ContainerdOptions
    {
        Root = Path.Combine(_directory, "root"),
        State = Path.Combine(_directory, "state"),
        LogFile = Path.Combine(_directory, "containerd.log"),
        CniConfigDir = Path.Combine(_directory, "cni"),
        CniBinDir = "/usr/lib/cni",
        PauseImage = PauseImage.Tag,
    };

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/containerd"), "needs root and containerd");
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await Supervisor().StopAsync(default);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_sandbox_survives_the_next_supervisor_and_a_restart_of_containerd()
    {
        var first = Supervisor();
        await first.StartAsync(default);
        await new ImageImporter(_options.Socket, Path.Combine(_directory, "stamps"), NullLogger<ImageImporter>.Instance).ImportPauseAsync(default);
        using var channel = CriChannel.Open(_options.Socket);
        var runtime = new RuntimeService.RuntimeServiceClient(channel);
        var sandbox = (await runtime.RunPodSandboxAsync(new RunPodSandboxRequest { Config = Config() })).PodSandboxId;
        try
        {
            var process = await File.ReadAllTextAsync(_options.PidFile);
            await Supervisor().StartAsync(default);
            Assert.Equal(process, await File.ReadAllTextAsync(_options.PidFile));

            await first.StopAsync(default);
            await Supervisor().StartAsync(default);
            using var again = CriChannel.Open(_options.Socket);
            var status = await new RuntimeService.RuntimeServiceClient(again).PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = sandbox });
            Assert.Equal(PodSandboxState.SandboxReady, status.Status.State);
        }
        finally
        {
            using var last = CriChannel.Open(_options.Socket);
            var client = new RuntimeService.RuntimeServiceClient(last);
            await client.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox });
            await client.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox });
        }
    }

    private static PodSandboxConfig Config() => new()
    {
        Metadata = new PodSandboxMetadata { Name = "pod", Namespace = "default", Uid = Guid.NewGuid().ToString() },
        Linux = new LinuxPodSandboxConfig
        {
            SecurityContext = new LinuxSandboxSecurityContext { NamespaceOptions = new NamespaceOption { Network = NamespaceMode.Node, Pid = NamespaceMode.Container } },
        },
    };

    private ContainerdSupervisor Supervisor() => new(_options, TimeProvider.System, NullLogger<ContainerdSupervisor>.Instance);
}

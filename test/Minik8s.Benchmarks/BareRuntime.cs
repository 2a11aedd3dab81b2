using System.Diagnostics;
using Minik8s.Kubelet.Cri;

namespace Minik8s.Benchmarks;

/// <summary>The calls that make a pod of one container, with nothing around them: what the container runtime itself needs.</summary>
internal static class BareRuntime
{
    public const string Image = "busybox:1.35";

    public static IReadOnlyList<string> Command { get; } = ["sleep", "100000"];

    /// <summary>Makes a sandbox and a container and starts it; then removes both. Returns the milliseconds until it ran.</summary>
    public static async Task<double> PodAsync(string socket, string name, string cgroupRoot)
    {
        using var channel = CriChannel.Open(socket);
        var runtime = new RuntimeService.RuntimeServiceClient(channel);
        var images = new ImageService.ImageServiceClient(channel);
        // The connection is not part of what is measured.
        var image = (await images.ImageStatusAsync(new ImageStatusRequest { Image = new ImageSpec { Image = Image } })).Image.Id;
        var uid = Guid.NewGuid().ToString();
        var logs = Directory.CreateTempSubdirectory("mk8s-bare-");
        var sandboxConfig = new PodSandboxConfig
        {
            Metadata = new PodSandboxMetadata { Name = name, Namespace = "default", Uid = uid },
            Hostname = name,
            LogDirectory = logs.FullName,
            DnsConfig = new DNSConfig { Servers = { "10.43.0.10" } },
            Linux = new LinuxPodSandboxConfig { CgroupParent = $"/{cgroupRoot}/bare/{uid}" },
        };
        var containerConfig = new ContainerConfig
        {
            Metadata = new ContainerMetadata { Name = "main" },
            Image = new ImageSpec { Image = image },
            Command = { Command },
            LogPath = "main.log",
            Linux = new LinuxContainerConfig(),
        };
        var clock = Stopwatch.StartNew();
        var sandbox = (await runtime.RunPodSandboxAsync(new RunPodSandboxRequest { Config = sandboxConfig })).PodSandboxId;
        var container = (await runtime.CreateContainerAsync(new CreateContainerRequest { PodSandboxId = sandbox, Config = containerConfig, SandboxConfig = sandboxConfig })).ContainerId;
        await runtime.StartContainerAsync(new StartContainerRequest { ContainerId = container });
        var taken = clock.Elapsed.TotalMilliseconds;
        await runtime.StopContainerAsync(new StopContainerRequest { ContainerId = container, Timeout = 0 });
        await runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox });
        await runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox });
        logs.Delete(recursive: true);
        return taken;
    }
}

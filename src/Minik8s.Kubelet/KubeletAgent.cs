using System.Net;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cgroups;
using Minik8s.Kubelet.Containerd;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Env;
using Minik8s.Kubelet.Images;
using Minik8s.Kubelet.Logs;
using Minik8s.Kubelet.Network;
using Minik8s.Kubelet.Node;
using Minik8s.Kubelet.Pleg;
using Minik8s.Kubelet.PodWorkers;
using Minik8s.Kubelet.Probes;
using Minik8s.Kubelet.Runtime;
using Minik8s.Kubelet.Server;
using Minik8s.Kubelet.Status;
using Minik8s.Kubelet.Volumes;

namespace Minik8s.Kubelet;

/// <summary>The kubelet as a whole: makes the pods of one node true.</summary>
public static class KubeletAgent
{
    /// <summary>Runs until cancelled; the pods go on. Ends with a failure when one of its loops does.</summary>
    public static async Task RunAsync(KubeletOptions options, KubeClient client, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var network = new NodeNetwork(options);
        await network.SetUpAsync(cancellationToken);
        var host = new LoopHost(loggers.CreateLogger("Minik8s.Kubelet"));
        var socket = options.RuntimeEndpoint;
        if (socket is null)
        {
            var supervisor = new ContainerdSupervisor(Containerd(options, network), time, loggers.CreateLogger<ContainerdSupervisor>());
            await supervisor.StartAsync(cancellationToken);
            host.Add("containerd", supervisor.RunAsync);
            socket = Containerd(options, network).Socket;
        }

        using var channel = CriChannel.Open(socket);
        var importer = new ImageImporter(socket, Path.Combine(options.ContainerdRoot, "imported"), loggers.CreateLogger<ImageImporter>());
        await importer.ImportPauseAsync(cancellationToken);
        await importer.ImportFolderAsync(options.ImagesDir, cancellationToken);
        host.Add("image import", stopping => importer.RunAsync(options.ImagesDir, stopping));

        var runtime = new ContainerRuntime(channel);
        var events = new EventRecorder(client, "kubelet", options.NodeName, loggers.CreateLogger<EventRecorder>(), time);
        var configs = new ApiConfigSource(client);
        var informers = new InformerFactory(client, loggers, time);
        var known = informers.Informer<V1Service>();
        var services = new PodServices(
            options, client, runtime, new ImagePuller(runtime, new PullCredentials(configs), events, time), new VolumeManager(options.RootDir, configs, new ApiTokenSource(client, time), time),
            new EnvironmentResolver(configs, ServicesAsync), new HostPorts(options), new PodCgroups(options.CgroupRoot),
            new StatusManager(client, loggers.CreateLogger<StatusManager>()), new ProbeManager(new Prober(runtime.Service), events, time), events, time);
        var pool = new PodWorkerPool(services, loggers);
        var pods = informers.Informer<V1Pod>(new InformerOptions { FieldSelector = $"spec.nodeName={options.NodeName}" });
        host.Add("informers", informers.RunAsync);
        host.Add("events", events.RunAsync);
        host.Add("node", new NodeReporter(options, client, runtime, time, loggers.CreateLogger<NodeReporter>()).RunAsync);
        host.Add("pod workers", stopping => pool.RunAsync(pods, stopping));
        host.Add("probes", stopping => services.Probes.RunAsync(pool, stopping));
        host.Add("runtime events", new RuntimeEvents(channel, pool, time, loggers.CreateLogger<RuntimeEvents>()).RunAsync);
        host.Add("log rotation", stopping => new LogRotation(runtime.Service, new LogLimits(), time, loggers.CreateLogger<LogRotation>()).RunAsync(pool.Logs, stopping));
        await using var server = await KubeletServer.StartAsync(
            new KubeletServerOptions
            {
                BindAddress = IPAddress.Any,
                Port = options.Port,
                ServingCertificate = options.ServingCertificate,
                ClientAuthorities = options.ClientAuthorities,
                Pods = new PodRuntimeViews(pool, options),
                Runtime = runtime.Service,
            },
            loggers, time, cancellationToken);
        await host.RunAsync(cancellationToken);

        async Task<IReadOnlyList<V1Service>> ServicesAsync(CancellationToken waiting)
        {
            await known.WaitForSyncAsync(waiting);
            return known.Lister.List();
        }
    }

    /// <summary>Ends everything that the kubelet has left running: pods, containerd, bridge and rules.</summary>
    public static async Task TearDownAsync(KubeletOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var network = new NodeNetwork(options);
        var supervisor = new ContainerdSupervisor(Containerd(options, network), time, loggers.CreateLogger<ContainerdSupervisor>());
        if (options.RuntimeEndpoint is null) await supervisor.StartAsync(cancellationToken);
        using (var channel = CriChannel.Open(options.RuntimeEndpoint ?? Containerd(options, network).Socket))
        {
            var runtime = new ContainerRuntime(channel);
            await RemovePodsAsync(runtime, cancellationToken);
        }

        var volumes = new VolumeManager(options.RootDir, NoConfigs.Instance, NoConfigs.Instance, time);
        foreach (var uid in volumes.PodsOnDisk().ToList()) await volumes.UnmountAsync(uid, cancellationToken);
        if (options.RuntimeEndpoint is null) await supervisor.StopAsync(cancellationToken);
        new PodCgroups(options.CgroupRoot).RemoveAll();
        await network.TearDownAsync(cancellationToken);
    }

    private static async Task RemovePodsAsync(ContainerRuntime runtime, CancellationToken cancellationToken)
    {
        foreach (var uid in await runtime.PodUidsAsync(cancellationToken))
        {
            var view = await runtime.ViewAsync(uid, cancellationToken);
            await Task.WhenAll(view.Containers.Where(c => c.State == ContainerState.ContainerRunning).Select(c => runtime.StopContainerAsync(c.Id, 2, cancellationToken)));
            await runtime.RemovePodAsync(view, cancellationToken);
        }
    }

    /// <summary>For volumes that are only taken away.</summary>
    private sealed class NoConfigs : IConfigSource, ITokenSource
    {
        public static readonly NoConfigs Instance = new();

        public Task<string> TokenAsync(V1Pod pod, string? audience, long? seconds, CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is mounted any more");

        public void Forget(string podUid)
        {
        }

        public Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string ns, string name, CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is mounted any more");

        public Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string ns, string name, CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is mounted any more");
    }

    private static ContainerdOptions Containerd(KubeletOptions options, NodeNetwork network) => new()
    {
        Root = options.ContainerdRoot,
        State = Path.Combine(options.RunDir, "containerd"),
        LogFile = Path.Combine(options.LogDir, "containerd.log"),
        CniConfigDir = network.ConfigDir,
        CniBinDir = NodeNetwork.BinDir,
        PauseImage = PauseImage.Tag,
    };
}

using System.Diagnostics;
using System.Text;

namespace Minik8s.Testing.Cluster;

/// <summary>A one-node cluster of the real executable with real containers, in a network namespace of its own, driven by the stock kubectl.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly Dictionary<string, Process> _processes = [];

    private TestCluster(NetworkNamespace machine, string directory)
    {
        Machine = machine;
        Directory = directory;
    }

    public NetworkNamespace Machine { get; }

    /// <summary>Everything of the cluster lies below it.</summary>
    public string Directory { get; }

    public string Kubeconfig => Path.Combine(Directory, "admin.kubeconfig");

    public string NodeKubeconfig => Path.Combine(Directory, "node.kubeconfig");

    public string DataDir => Path.Combine(Directory, "data");

    public string RunDir => Path.Combine(Directory, "run");

    public string NodeName => "node-1";

    /// <summary>The process that runs the cluster.</summary>
    public int ServerId => _processes["up"].Id;

    /// <summary>What the executable has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Starts a cluster in one process and waits until its node is Ready.</summary>
    public static Task<TestCluster> StartAsync() => StartAsync(c => c.UpAsync());

    /// <summary>Starts a cluster of one process for each component and waits until its node is Ready.</summary>
    public static Task<TestCluster> StartComponentsAsync() => StartAsync(async cluster =>
    {
        await cluster.LaunchAsync("apiserver");
        await Eventually.True(() => Task.FromResult(File.Exists(Path.Combine(cluster.DataDir, "kubeconfigs", "scheduler.kubeconfig"))), "the API server has written the components' kubeconfigs");
        await cluster.LaunchAsync("scheduler");
        await cluster.LaunchAsync("controller-manager");
        (await cluster.Minik8s("kubeconfig", "node", cluster.NodeName, "--node-ip", cluster.Machine.Address, "--data-dir", cluster.DataDir, "-o", cluster.NodeKubeconfig)).Succeeded();
        await cluster.LaunchAsync("agent");
        await cluster.WaitReadyAsync();
    });

    private static async Task<TestCluster> StartAsync(Func<TestCluster, Task> start)
    {
        var machine = await NetworkNamespace.CreateAsync();
        var cluster = new TestCluster(machine, System.IO.Directory.CreateTempSubdirectory("mk8s-e2e-").FullName);
        try
        {
            await start(cluster);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>minik8s up</c>, again after a stop, and waits until the node is Ready.</summary>
    public async Task UpAsync()
    {
        await LaunchAsync("up");
        await WaitReadyAsync();
    }

    /// <summary>Waits until the node is Ready; fails when a process has ended.</summary>
    public Task WaitReadyAsync() =>
        Eventually.True(
            async () =>
            {
                foreach (var (name, process) in _processes.Where(p => p.Value.HasExited)) throw new InvalidOperationException($"minik8s {name} ended with {process.ExitCode}:\n{Log}");
                var nodes = await Kubectl("get", "nodes", NodeName, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}");
                return nodes.Output == "True";
            },
            "the node is Ready",
            TimeSpan.FromSeconds(90));

    /// <summary>Runs a component, such as <c>up</c> or <c>scheduler</c>, without waiting for anything.</summary>
    public async Task LaunchAsync(string component)
    {
        string[] server = ["--admin-kubeconfig", Kubeconfig, "--user-kubeconfig", Path.Combine(Directory, "user.kubeconfig")];
        string[] node = ["--cgroup-root", $"/{Machine.Name}", "--images-dir", await SampleImages.FolderAsync(), "--node-name", NodeName, "--node-ip", Machine.Address];
        string[] arguments = component switch
        {
            "up" => [.. server, .. node],
            "apiserver" or "server" => [.. server, "--advertise-address", Machine.Address],
            "proxy" => ["--node-name", NodeName, "--node-ip", Machine.Address],
            "agent" or "kubelet" => [.. node, "--kubeconfig", NodeKubeconfig],
            _ => [],
        };
        var line = Machine.Enter([Repository.Executable, component, .. Places(), .. arguments]);
        var process = Shell.Start(line[0], line[1..], Environment());
        _processes[component] = process;
        process.StandardInput.Close();
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Runs the stock kubectl against the cluster.</summary>
    public Task<ProcessResult> Kubectl(params string[] arguments) => KubectlWithInput(null, arguments);

    /// <summary>Runs the stock kubectl with text on its standard input.</summary>
    public Task<ProcessResult> KubectlWithInput(string? input, params string[] arguments) =>
        Shell.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments], input, limit: TimeSpan.FromSeconds(120));

    /// <summary>Applies a manifest.</summary>
    public async Task Apply(string manifest) => (await KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded();

    /// <summary>Runs the executable under test with another command, such as <c>down</c>.</summary>
    public Task<ProcessResult> Minik8s(params string[] arguments)
    {
        var line = Machine.Enter([Repository.Executable, .. arguments]);
        return Shell.RunAsync(line[0], line[1..], environment: Environment(), limit: TimeSpan.FromSeconds(120));
    }

    /// <summary>The command line of the container runtime's own client, to look at containers from below.</summary>
    public Task<ProcessResult> Containerd(params string[] arguments) =>
        Shell.RunAsync("ctr", ["--address", Path.Combine(RunDir, "containerd", "containerd.sock"), "--namespace", "k8s.io", .. arguments]);

    /// <summary>Kills the process as a power cut would: no signal handler runs.</summary>
    public async Task KillAsync(string component = "up")
    {
        _processes[component].Kill();
        await _processes[component].WaitForExitAsync();
    }

    /// <summary>Asks the process to stop and waits for its end; returns its exit code.</summary>
    public async Task<int> StopServerAsync()
    {
        (await Shell.RunAsync("kill", ["-TERM", ServerId.ToString()])).Succeeded();
        await _processes["up"].WaitForExitAsync();
        return _processes["up"].ExitCode;
    }

    /// <summary><c>minik8s down --purge</c>.</summary>
    public Task<ProcessResult> DownAsync() => Minik8s("down", "--purge", "--data-dir", DataDir);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (System.IO.Directory.Exists(DataDir)) (await DownAsync()).Succeeded();
        }
        finally
        {
            foreach (var process in _processes.Values)
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
                process.Dispose();
            }

            await Machine.DisposeAsync();
            if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    private string[] Places() =>
    [
        "--data-dir", DataDir, "--run-dir", RunDir, "--log-dir", Path.Combine(Directory, "log"),
    ];

    private Dictionary<string, string> Environment() => new() { ["HOME"] = Directory };

    private void Append(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
    }
}

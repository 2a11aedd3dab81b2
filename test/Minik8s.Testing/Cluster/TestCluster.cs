using System.Diagnostics;
using System.Text;

namespace Minik8s.Testing.Cluster;

/// <summary>A one-node cluster of the real executable with real containers, in a network namespace of its own, driven by the stock kubectl.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private Process? _server;

    private TestCluster(NetworkNamespace machine, string directory)
    {
        Machine = machine;
        Directory = directory;
    }

    public NetworkNamespace Machine { get; }

    /// <summary>Everything of the cluster lies below it.</summary>
    public string Directory { get; }

    public string Kubeconfig => Path.Combine(Directory, "admin.kubeconfig");

    public string DataDir => Path.Combine(Directory, "data");

    public string RunDir => Path.Combine(Directory, "run");

    /// <summary>The bridge, distinct so that leftovers can be told from others'.</summary>
    public string NodeName => "node-1";

    /// <summary>The process that runs the cluster.</summary>
    public int ServerId => _server?.Id ?? throw new InvalidOperationException("the cluster is not running");

    /// <summary>What the executable has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Starts a cluster and waits until its node is Ready.</summary>
    public static async Task<TestCluster> StartAsync()
    {
        var machine = await NetworkNamespace.CreateAsync();
        var cluster = new TestCluster(machine, System.IO.Directory.CreateTempSubdirectory("mk8s-e2e-").FullName);
        try
        {
            await cluster.UpAsync();
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
        await LaunchAsync();
        await Eventually.True(
            async () =>
            {
                if (_server!.HasExited) throw new InvalidOperationException($"minik8s ended with {_server.ExitCode}:\n{Log}");
                var nodes = await Kubectl("get", "nodes", NodeName, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}");
                return nodes.Output == "True";
            },
            "the node is Ready",
            TimeSpan.FromSeconds(90));
    }

    /// <summary>Runs <c>minik8s up</c> without waiting for anything.</summary>
    public async Task LaunchAsync()
    {
        var images = await SampleImages.FolderAsync();
        string[] line = Machine.Enter([Repository.Executable, "up", .. Places(), "--images-dir", images, "--node-name", NodeName, "--node-ip", Machine.Address]);
        _server = Shell.Start(line[0], line[1..], Environment());
        _server.StandardInput.Close();
        _server.OutputDataReceived += (_, e) => Append(e.Data);
        _server.ErrorDataReceived += (_, e) => Append(e.Data);
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
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
    public async Task KillServerAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop and waits for its end; returns its exit code.</summary>
    public async Task<int> StopServerAsync()
    {
        (await Shell.RunAsync("kill", ["-TERM", ServerId.ToString()])).Succeeded();
        await _server!.WaitForExitAsync();
        return _server.ExitCode;
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
            if (_server is { HasExited: false }) _server.Kill(entireProcessTree: true);
            _server?.Dispose();
            await Machine.DisposeAsync();
            if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    private string[] Places() =>
    [
        "--data-dir", DataDir, "--run-dir", RunDir, "--log-dir", Path.Combine(Directory, "log"), "--admin-kubeconfig", Kubeconfig,
        "--user-kubeconfig", Path.Combine(Directory, "user.kubeconfig"), "--cgroup-root", $"/{Machine.Name}",
    ];

    private Dictionary<string, string> Environment() => new() { ["HOME"] = Directory };

    private void Append(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
    }
}

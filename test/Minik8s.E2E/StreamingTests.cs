using System.Net;
using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>logs, exec, attach, cp and port-forward through the stock kubectl: over WebSocket, its default, and over SPDY.</summary>
[Collection(ClusterCollection.Name)]
public sealed class StreamingTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly TestCluster _cluster = shared.Cluster;

    public static TheoryData<string> Transports => ["true", "false"];

    public async ValueTask InitializeAsync()
    {
        await _cluster.Apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: streams}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: web
                image: busybox:1.35
                command: [sh, -c, 'mkdir /www; echo page > /www/index.html; echo one; echo two; echo three; exec httpd -f -v -p 8080 -h /www']
              - name: reader
                image: busybox:1.35
                stdin: true
                command: [sh, -c, 'while read line; do echo "got $line"; done; sleep 1000']
            """);
        await _cluster.WaitReady("streams");
    }

    public async ValueTask DisposeAsync() => await _cluster.Remove("streams");

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Exec_returns_output_error_output_and_exit_code(string webSockets)
    {
        var result = await Kubectl(webSockets, null, "exec", "streams", "-c", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
        Assert.Equal("out\n", result.Output);
        Assert.Contains("err", result.Error);
        Assert.Contains("command terminated with exit code 7", result.Error);
        Assert.Equal(7, result.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Exec_ends_by_itself_when_standard_input_ends(string webSockets)
    {
        var result = await Kubectl(webSockets, "x\n", "exec", "-i", "streams", "-c", "web", "--", "cat");
        Assert.Equal("x\n", result.Succeeded());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Exec_carries_megabytes_both_ways_unchanged(string webSockets)
    {
        var input = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i:0000000}\n"));
        var result = await Kubectl(webSockets, input, "exec", "-i", "streams", "-c", "web", "--", "cat");
        Assert.Equal(input.Length, result.Succeeded().Length);
        Assert.Equal(input, result.Output);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Exec_gives_a_terminal(string webSockets)
    {
        // script(1) provides the terminal that kubectl asks for.
        var command = $"kubectl --kubeconfig {_cluster.Kubeconfig} exec -it streams -c web -- sh -c 'test -t 0 && stty size && echo a terminal'";
        var result = await Shell.RunAsync("script", ["-qec", command, "/dev/null"], environment: new Dictionary<string, string> { ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"] = webSockets });
        Assert.Contains("a terminal", result.Succeeded());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Attach_talks_to_the_running_process(string webSockets)
    {
        using var attach = Shell.Start("kubectl", ["--kubeconfig", _cluster.Kubeconfig, "attach", "-i", "streams", "-c", "reader"], Transport(webSockets));
        try
        {
            await attach.StandardInput.WriteLineAsync($"hello {webSockets}");
            await attach.StandardInput.FlushAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            Assert.Equal($"got hello {webSockets}", await attach.StandardOutput.ReadLineAsync(limit.Token));
        }
        finally
        {
            attach.Kill();
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Cp_copies_both_ways(string webSockets)
    {
        var directory = Directory.CreateTempSubdirectory("mk8s-cp-");
        try
        {
            var source = Path.Combine(directory.FullName, "source");
            var content = new byte[1_000_000];
            new Random(7).NextBytes(content);
            await File.WriteAllBytesAsync(source, content);
            (await Kubectl(webSockets, null, "cp", source, "streams:/tmp/copied", "-c", "web")).Succeeded();
            (await Kubectl(webSockets, null, "cp", "streams:/tmp/copied", Path.Combine(directory.FullName, "back"), "-c", "web")).Succeeded();
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(directory.FullName, "back")));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Port_forward_reaches_the_pods_port(string webSockets)
    {
        using var forward = Shell.Start(
            "kubectl",
            ["--kubeconfig", _cluster.Kubeconfig, "port-forward", "pod/streams", ":8080"],
            new Dictionary<string, string> { ["KUBECTL_PORT_FORWARD_WEBSOCKETS"] = webSockets });
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var line = await forward.StandardOutput.ReadLineAsync(limit.Token);
            Assert.NotNull(line);
            var port = new Uri("http://" + line.Split(' ')[2]).Port;
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(20) };
            for (var i = 0; i < 5; i++) Assert.Equal("page\n", await client.GetStringAsync("/index.html", limit.Token));
            using var missing = await client.GetAsync(new Uri("/absent", UriKind.Relative), limit.Token);
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        }
        finally
        {
            forward.Kill();
        }
    }

    [Fact]
    public async Task Logs_can_be_cut_and_followed()
    {
        Assert.StartsWith("one\ntwo\nthree\n", (await _cluster.Kubectl("logs", "streams", "-c", "web")).Succeeded());
        Assert.Equal("", (await _cluster.Kubectl("logs", "streams", "-c", "reader", "--since=1s", "--tail=0")).Succeeded());
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]+ one\n", (await _cluster.Kubectl("logs", "streams", "-c", "web", "--timestamps")).Succeeded());

        using var follow = Shell.Start("kubectl", ["--kubeconfig", _cluster.Kubeconfig, "logs", "-f", "--tail=1", "streams", "-c", "web"]);
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await follow.StandardOutput.ReadLineAsync(limit.Token);
            (await _cluster.Kubectl("exec", "streams", "-c", "web", "--", "sh", "-c", "echo later > /proc/1/fd/1")).Succeeded();
            Assert.Equal("later", await follow.StandardOutput.ReadLineAsync(limit.Token));
        }
        finally
        {
            follow.Kill();
        }
    }

    [Fact]
    public async Task Errors_name_what_is_wrong()
    {
        var unknown = await _cluster.Kubectl("logs", "streams", "-c", "absent");
        Assert.Contains("container absent is not valid for pod streams", unknown.Error);
        var missing = await _cluster.Kubectl("exec", "no-such-pod", "--", "true");
        Assert.Contains("pods \"no-such-pod\" not found", missing.Error);
        var command = await _cluster.Kubectl("exec", "streams", "-c", "web", "--", "/no/such/program");
        Assert.Contains("no such file or directory", command.Error);
    }

    private Task<ProcessResult> Kubectl(string webSockets, string? input, params string[] arguments) =>
        Shell.RunAsync("kubectl", ["--kubeconfig", _cluster.Kubeconfig, .. arguments], input, Transport(webSockets));

    private static Dictionary<string, string> Transport(string webSockets) => new() { ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"] = webSockets };
}

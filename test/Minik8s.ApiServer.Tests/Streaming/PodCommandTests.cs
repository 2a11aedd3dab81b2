using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Testing;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>exec and attach over WebSocket, translated to a kubelet that speaks SPDY.</summary>
public sealed class PodCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private StreamingServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StreamingServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<WebSocketCommand> ConnectAsync(string pathAndQuery, params string[] protocols) =>
        new(await _server.ConnectAsync(pathAndQuery, Cancel, protocols.Length == 0 ? ["v5.channel.k8s.io"] : protocols));

    [Fact]
    public async Task Output_errors_and_exit_code_reach_the_client()
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.WriteAsync("stdout", "out"u8.ToArray(), ct);
            await command.WriteAsync("stderr", "err"u8.ToArray(), ct);
            return 7;
        };
        using var client = await ConnectAsync("exec?command=sh&command=-c&command=echo%20%26&stdout=true&stderr=1&container=main");

        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("out", client.Stdout);
        Assert.Equal("err", client.Stderr);
        var status = JsonNode.Parse(client.Status)!;
        Assert.Equal("NonZeroExitCode", (string?)status["reason"]);
        Assert.Equal("7", (string?)status["details"]!["causes"]![0]!["message"]);
        Assert.Equal("POST /exec/default/web/main?output=1&error=1&command=sh&command=-c&command=echo%20%26", _server.Kubelet.Requests.Single());
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Closing_stdin_lets_a_reader_of_it_end()
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.CatAsync(ct);
            return 0;
        };
        using var client = await ConnectAsync("exec?command=cat&stdin=true&stdout=true");

        await client.SendAsync(0, "x\n", Cancel);
        await client.CloseStdinAsync(Cancel);
        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("x\n", client.Stdout);
        Assert.Equal("Success", (string?)JsonNode.Parse(client.Status)!["status"]);
    }

    [Fact]
    public async Task Version_4_has_no_way_to_close_stdin_and_otherwise_works()
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            var result = await command.Stdin.ReadAtLeastAsync(3, ct);
            await command.WriteAsync(Encoding.UTF8.GetString(result.Buffer.FirstSpan), ct);
            return 0;
        };
        using var client = await ConnectAsync("attach?stdin=true&stdout=true", "v4.channel.k8s.io", "channel.k8s.io");

        await client.SendAsync(255, new byte[] { 0 }, Cancel);
        await client.SendAsync(0, "abc", Cancel);
        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("abc", client.Stdout);
        Assert.Equal("POST /attach/default/web/main?input=1&output=1", _server.Kubelet.Requests.Single());
    }

    [Fact]
    public async Task A_terminal_has_sizes_and_no_stderr()
    {
        var types = new List<string>();
        var sizes = "";
        _server.Kubelet.Command = async (command, ct) =>
        {
            types.AddRange(command.StreamTypes.Order());
            var result = await command.Resize.ReadAtLeastAsync(24, ct);
            sizes = Encoding.UTF8.GetString(result.Buffer.FirstSpan);
            return 0;
        };
        using var client = await ConnectAsync("exec?command=sh&stdin=true&stdout=true&stderr=true&tty=true");

        await client.SendAsync(4, """{"Width":80,"Height":24}""", Cancel);
        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("""{"Width":80,"Height":24}""", sizes);
        Assert.Equal(["error", "resize", "stdin", "stdout"], types);
    }

    [Fact]
    public async Task Messages_that_make_no_sense_are_passed_over()
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.CatAsync(ct);
            return 0;
        };
        using var client = await ConnectAsync("exec?command=cat&stdin=true&stdout=true");

        await client.SendAsync(9, "no such channel", Cancel);
        await client.SendAsync(1, "the wrong way", Cancel);
        await client.SendAsync(0, "", Cancel);
        await client.SendAsync(255, new byte[] { 77 }, Cancel);
        await client.SendAsync(255, "", Cancel);
        await client.SendAsync(4, "{}", Cancel);
        await client.SendAsync(0, "real", Cancel);
        await client.CloseStdinAsync(Cancel);
        await client.CloseStdinAsync(Cancel);
        await client.SendAsync(0, "late", Cancel);
        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("real", client.Stdout);
    }

    [Fact]
    public async Task Much_output_to_a_slow_client_keeps_its_order_and_waits_outside_of_memory()
    {
        const int Lines = 3_000_000;
        var written = 0;
        _server.Kubelet.Command = async (command, ct) =>
        {
            var text = new StringBuilder();
            for (var line = 0; line < Lines; line += 1000)
            {
                text.Clear();
                for (var i = 0; i < 1000; i++) text.Append(line + i).Append('\n');
                await command.WriteAsync(text.ToString(), ct);
                Volatile.Write(ref written, line);
            }

            return 0;
        };
        using var client = await ConnectAsync("exec?command=seq&stdout=true");
        var before = -1;
        var still = 0;
        await Eventually.True(() =>
        {
            var now = Volatile.Read(ref written);
            still = now == before && now > 0 ? still + 1 : 0;
            before = now;
            return Task.FromResult(still >= 8);
        }, "the command is held back");
        Assert.True(written < Lines - 1000, "all output was taken in without a reader");

        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        client.Channels[1].Position = 0;
        using var reader = new StreamReader(client.Channels[1]);
        for (var line = 0; line < Lines; line++) Assert.Equal(line, int.Parse((await reader.ReadLineAsync(Cancel))!));
        Assert.Null(await reader.ReadLineAsync(Cancel));
    }

    [Fact]
    public async Task Input_that_the_command_never_reads_does_not_keep_it_from_ending()
    {
        var finish = new TaskCompletionSource();
        _server.Kubelet.Command = async (_, ct) =>
        {
            await finish.Task.WaitAsync(ct);
            return 0;
        };
        using var client = await ConnectAsync("exec?command=sleep&stdin=true&stdout=true");
        var stop = false;
        var sending = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop)) await client.SendAsync(0, new byte[256 * 1024], Cancel);
        }, Cancel);
        await Task.WhenAny(sending, Task.Run(() => Eventually.True(() => Task.FromResult(_server.Kubelet.OpenSessions == 1), "the command runs"), Cancel));

        finish.SetResult();
        while (await client.ReceiveAsync(Cancel).WaitAsync(Limit, Cancel))
        {
        }

        Volatile.Write(ref stop, true);
        Assert.Contains("Success", client.Status);
        client.Abort();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await sending;
            throw new OperationCanceledException();
        });
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_takes_everything_with_it(bool abruptly)
    {
        var ended = new TaskCompletionSource();
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.WriteAsync("ready", ct);
            try
            {
                while (true) await command.WriteAsync(new string('x', 100_000), ct);
            }
            finally
            {
                ended.SetResult();
            }
        };
        var client = await ConnectAsync("exec?command=yes&stdin=true&stdout=true");
        while (client.Stdout.Length == 0) await client.ReceiveAsync(Cancel);

        if (abruptly) client.Abort();
        client.Dispose();

        await ended.Task.WaitAsync(Limit, Cancel);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_kubelet_that_dies_in_the_middle_is_reported()
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.WriteAsync("partial", ct);
            throw new IOException("the kubelet dies");
        };
        using var client = await ConnectAsync("exec?command=x&stdout=true");

        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("partial", client.Stdout);
        var status = JsonNode.Parse(client.Status)!;
        Assert.Equal("Failure", (string?)status["status"]);
        Assert.Equal(500, (int?)status["code"]);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_the_kubelet_answers_instead_of_upgrading_is_reported()
    {
        _server.Kubelet.Answer = async context =>
        {
            context.Response.StatusCode = 404;
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "container not found (\"main\")\n", Cancel);
            return true;
        };
        using var client = await ConnectAsync("exec?command=x&stdout=true");

        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("Internal error occurred: unable to upgrade connection: container not found (\"main\")", (string?)JsonNode.Parse(client.Status)!["message"]);
    }

    [Fact]
    public async Task A_kubelet_that_cannot_be_reached_is_reported()
    {
        _server.Node["status"]!["daemonEndpoints"]!["kubeletEndpoint"]!["Port"] = 1;
        using var client = await ConnectAsync("exec?command=x&stdout=true");

        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Equal("Internal error occurred: error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused", (string?)JsonNode.Parse(client.Status)!["message"]);
    }

    [Fact]
    public async Task A_kubelet_with_a_certificate_of_another_authority_is_not_trusted()
    {
        using var other = new TestCertificates();
        _server.KubeletAuthority = other.Authority;
        using var client = await ConnectAsync("exec?command=x&stdout=true");

        await client.ReceiveAllAsync(Cancel).WaitAsync(Limit, Cancel);

        Assert.Contains("failed to verify certificate", (string?)JsonNode.Parse(client.Status)!["message"]);
        Assert.Empty(_server.Kubelet.Requests);
    }

    [Theory]
    [InlineData("exec?command=x&container=nope", 400, "container nope is not valid for pod web")]
    [InlineData("attach?container=nope", 400, "container nope is not valid for pod web")]
    public async Task Bad_parameters_are_refused_before_the_upgrade(string query, int code, string message)
    {
        var error = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(query));
        Assert.Contains("400", error.Message);
        using var http = StreamingServer.NewHttpClient();
        using var response = await http.GetAsync(new Uri(_server.Url, "/api/v1/namespaces/default/pods/web/" + query), Cancel);
        Assert.Equal(code, (int)response.StatusCode);
        Assert.Equal(message, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["message"]);
    }

    [Fact]
    public async Task A_container_must_be_named_when_there_are_several()
    {
        _server.Pod["spec"]!["containers"] = StreamingServer.Json("""[{"name":"a"},{"name":"b"}]""");
        _server.Pod["spec"]!["initContainers"] = StreamingServer.Json("""[{"name":"init"}]""");

        Assert.Equal("400 a container name must be specified for pod web, choose one of: [init a b]", await GetAsync("exec?command=x"));
        Assert.Equal("400 a container name must be specified for pod web, choose one of: [init a b]", await GetAsync("log"));
    }

    [Fact]
    public async Task A_pod_without_a_node_and_a_plain_request_are_refused()
    {
        Assert.Equal("400 Upgrade request required", await GetAsync("exec?command=x&stdout=1"));
        Assert.Equal("400 Upgrade request required", await GetAsync("portforward"));
        _server.Pod["spec"]!["nodeName"] = "gone";
        Assert.Equal("404 nodes \"gone\" not found", await GetAsync("exec?command=x&stdout=1"));
        _server.Pod["spec"]!.AsObject().Remove("nodeName");
        Assert.Equal("400 pod web does not have a host assigned", await GetAsync("exec?command=x&stdout=1"));
        Assert.Equal("400 pod web does not have a host assigned", await GetAsync("portforward"));
        _server.Pod["spec"]!["nodeName"] = "node-1";
        _server.Node = StreamingServer.Json("""{"status":{}}""");
        Assert.Equal("500 no preferred addresses found; known addresses: []", await GetAsync("exec?command=x&stdout=1"));
    }

    private async Task<string> GetAsync(string query)
    {
        using var http = StreamingServer.NewHttpClient();
        using var response = await http.GetAsync(new Uri(_server.Url, "/api/v1/namespaces/default/pods/web/" + query), Cancel);
        return $"{(int)response.StatusCode} {JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["message"]}";
    }

    private Task NothingIsLeftAsync() =>
        Eventually.True(() => Task.FromResult(_server.Active == 0 && _server.Kubelet.OpenSessions == 0), "both ends are free again");
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Minik8s.Testing;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>The stock kubectl, over WebSocket (its default) and over SPDY, against the real translation and a kubelet that speaks SPDY.</summary>
public sealed partial class KubectlStreamingTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _home = Directory.CreateTempSubdirectory("minik8s-test-").FullName;
    private StreamingServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StreamingServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [GeneratedRegex(@"Forwarding from 127\.0\.0\.1:(\d+)")]
    private static partial Regex Forwarding { get; }

    private Process Start(bool webSocket, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", ["--server", _server.Url.ToString(), "--insecure-skip-tls-verify", "--token=t", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _home;
        start.Environment["KUBECONFIG"] = Path.Combine(_home, "config");
        start.Environment["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"] = webSocket ? "true" : "false";
        start.Environment["KUBECTL_PORT_FORWARD_WEBSOCKETS"] = webSocket ? "true" : "false";
        return Process.Start(start)!;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(bool webSocket, string? input, params string[] arguments)
    {
        using var process = Start(webSocket, arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancel);
            var error = process.StandardError.ReadToEndAsync(Cancel);
            if (input is not null) await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(Cancel).WaitAsync(Limit, Cancel);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private Task NothingIsLeftAsync() =>
        Eventually.True(() => Task.FromResult(_server.Active == 0 && _server.Kubelet.OpenSessions == 0), "both ends are free again");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exec_gives_output_and_exit_code(bool webSocket)
    {
        IReadOnlyList<string> arguments = [];
        _server.Kubelet.Command = async (command, ct) =>
        {
            arguments = command.Arguments;
            await command.WriteAsync("hello\n", ct);
            await command.WriteAsync("stderr", "trouble\n"u8.ToArray(), ct);
            return 7;
        };

        var (code, output, error) = await RunAsync(webSocket, null, "exec", "web", "--", "sh", "-c", "a b");

        Assert.Equal("hello\n", output);
        Assert.Equal("trouble\ncommand terminated with exit code 7\n", error);
        Assert.Equal(7, code);
        Assert.Equal(["sh", "-c", "a b"], arguments);
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Input_from_a_pipe_ends_the_command_by_itself(bool webSocket)
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.CatAsync(ct);
            return 0;
        };

        Assert.Equal((0, "x\n", ""), await RunAsync(webSocket, "x\n", "exec", "-i", "web", "--", "cat"));
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Much_data_both_ways_arrives_whole(bool webSocket)
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.CatAsync(ct);
            return 0;
        };
        var content = new string([.. Enumerable.Range(0, 5_000_000).Select(i => (char)('a' + i * 7919 % 26))]);

        var (code, output, error) = await RunAsync(webSocket, content, "exec", "-i", "web", "--", "cat");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(content)), SHA256.HashData(Encoding.ASCII.GetBytes(output)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Attach_shows_what_runs(bool webSocket)
    {
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.WriteAsync("from the container\n", ct);
            return 0;
        };

        var (code, output, _) = await RunAsync(webSocket, null, "attach", "web");

        Assert.Equal((0, "from the container\n"), (code, output));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failures_are_told_as_Kubernetes_tells_them(bool webSocket)
    {
        _server.Kubelet.Answer = async context =>
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("container not found (\"main\")");
            return true;
        };

        var (code, _, error) = await RunAsync(webSocket, null, "exec", "web", "--", "true");
        Assert.Equal(1, code);
        Assert.Contains("unable to upgrade connection: container not found (\"main\")", error);

        (code, _, error) = await RunAsync(webSocket, null, "exec", "web", "-c", "nope", "--", "true");
        Assert.Equal(1, code);
        Assert.Contains("container nope", error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killing_kubectl_ends_the_command(bool webSocket)
    {
        var ended = new TaskCompletionSource();
        _server.Kubelet.Command = async (command, ct) =>
        {
            await command.WriteAsync("started\n", ct);
            try
            {
                await command.CatAsync(ct);
                return 0;
            }
            finally
            {
                ended.SetResult();
            }
        };
        using var process = Start(webSocket, "exec", "-i", "web", "--", "cat");
        try
        {
            Assert.Equal("started", await process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(Limit, Cancel));
        }
        finally
        {
            process.Kill();
        }

        await ended.Task.WaitAsync(Limit, Cancel);
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Port_forwarding_carries_several_connections(bool webSocket)
    {
        using var process = Start(webSocket, "port-forward", "pod/web", ":8080");
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(Limit, Cancel) ?? await process.StandardError.ReadToEndAsync(Cancel);
            Assert.Matches(Forwarding, line);
            var port = int.Parse(Forwarding.Match(line).Groups[1].Value);
            var talks = Enumerable.Range(0, 5).Select(async i =>
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync("127.0.0.1", port, Cancel);
                var stream = socket.GetStream();
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"talk {i} " + new string('z', 200_000)), Cancel);
                socket.Client.Shutdown(SocketShutdown.Send);
                using var reader = new StreamReader(stream);
                Assert.Equal($"8080:TALK {i} " + new string('Z', 200_000), await reader.ReadToEndAsync(Cancel));
            });
            await Task.WhenAll(talks).WaitAsync(Limit, Cancel);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            else TestContext.Current.TestOutputHelper!.WriteLine(await process.StandardError.ReadToEndAsync(Cancel));
        }

        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Logs_are_followed()
    {
        _server.Kubelet.Answer = async context =>
        {
            await context.Response.WriteAsync("one\n");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync("two\n");
            return true;
        };

        Assert.Equal((0, "one\ntwo\n", ""), await RunAsync(true, null, "logs", "-f", "--tail=5", "web"));
        Assert.Equal("GET /containerLogs/default/web/main?follow=true&tailLines=5", _server.Kubelet.Requests.Single());
    }
}

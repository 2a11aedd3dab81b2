using System.Net;
using System.Net.Sockets;
using System.Text;
using k8s.Models;
using Minik8s.Kubelet.Probes;

namespace Minik8s.Kubelet.Tests.Probes;

/// <summary>Attempts over real sockets: what a manifest asks for, and what a container answers, is never the kubelet's own failure.</summary>
public sealed class ProberTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "Success", "")]
    [InlineData("HTTP/1.1 399 Odd\r\nContent-Length: 0\r\n\r\n", "Success", "")]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "Failure", "HTTP probe failed with statuscode: 503")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 4\r\n\r\nbody", "Warning", "Probe terminated redirects, Response body: body")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 400\r\n\r\ncut", "Failure", null)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "Failure", null)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: //[\r\nContent-Length: 0\r\n\r\n", null, null)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n", null, null)]
    [InlineData("nonsense\r\n\r\n", "Failure", null)]
    [InlineData("", "Failure", null)]
    public async Task An_answer_of_any_form_is_judged(string answer, string? verdict, string? output)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var serving = ServeAsync(listener, answer);
        var outcome = await Probe(new() { HttpGet = new() { Port = port } });
        listener.Stop();
        await serving;
        if (verdict is not null) Assert.Equal(verdict, outcome.Verdict.ToString());
        if (output is not null) Assert.Equal(output, outcome.Output);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("[")]
    public async Task A_host_header_that_is_none_fails_the_probe(string value) =>
        Assert.Equal(ProbeVerdict.Failure, (await Probe(new() { HttpGet = new() { Port = 1, HttpHeaders = [new() { Name = "Host", Value = value }] } })).Verdict);

    [Fact]
    public async Task A_host_that_is_none_fails_the_probe()
    {
        var host = new string('a', 300);
        Assert.NotEqual(ProbeVerdict.Success, (await Probe(new() { TcpSocket = new() { Host = host, Port = 1 } })).Verdict);
        Assert.NotEqual(ProbeVerdict.Success, (await Probe(new() { HttpGet = new() { Host = host, Port = 1 } })).Verdict);
        Assert.NotEqual(ProbeVerdict.Success, (await Probe(new() { HttpGet = new() { Host = "a b", Port = 1 } })).Verdict);
    }

    private static Task<ProbeOutcome> Probe(V1Probe probe)
    {
        probe.TimeoutSeconds = 5;
        var container = new V1Container { Name = "c" };
        // Only commands ask the runtime.
        return new Prober(null!).ProbeAsync(probe, new ProbeTarget(new V1Pod(), container, "id", "127.0.0.1"), CancellationToken.None);
    }

    private static async Task ServeAsync(TcpListener listener, string answer)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // The test is over.
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Minik8s.Kubelet.Cri;

namespace Minik8s.Kubelet.Tests.Server;

/// <summary>A runtime whose streaming server is a socket that the test itself serves.</summary>
internal sealed class FakeRuntime : RuntimeService.RuntimeServiceClient, IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public FakeRuntime() => _listener.Start();

    public ExecRequest? ExecAsked { get; private set; }

    public AttachRequest? AttachAsked { get; private set; }

    public PortForwardRequest? PortForwardAsked { get; private set; }

    public RpcException? Refusal { get; set; }

    public string Authority => _listener.LocalEndpoint.ToString()!;

    public override AsyncUnaryCall<ExecResponse> ExecAsync(ExecRequest request, CallOptions options)
    {
        ExecAsked = request;
        return Call(new ExecResponse { Url = $"http://{Authority}/exec/token" });
    }

    public override AsyncUnaryCall<AttachResponse> AttachAsync(AttachRequest request, CallOptions options)
    {
        AttachAsked = request;
        return Call(new AttachResponse { Url = $"http://{Authority}/attach/token" });
    }

    public override AsyncUnaryCall<PortForwardResponse> PortForwardAsync(PortForwardRequest request, CallOptions options)
    {
        PortForwardAsked = request;
        return Call(new PortForwardResponse { Url = $"http://{Authority}/portforward/token?x=1" });
    }

    /// <summary>Takes one connection and the head of its request, answers with a head and maybe more.</summary>
    public async Task<(string Head, NetworkStream Stream)> AnswerAsync(string answer)
    {
        var socket = await _listener.AcceptSocketAsync();
        var stream = new NetworkStream(socket, ownsSocket: true);
        var head = await ReadHeadAsync(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        return (head, stream);
    }

    public static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0) head.Append((char)one[0]);
        return head.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private AsyncUnaryCall<T> Call<T>(T answer) => new(
        Refusal is null ? Task.FromResult(answer) : Task.FromException<T>(Refusal), Task.FromResult(new Metadata()), () => Grpc.Core.Status.DefaultSuccess, () => [], () => { });
}

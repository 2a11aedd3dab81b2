namespace Minik8s.Kubelet.Server;

/// <summary>A request that is answered with a status and a plain text.</summary>
internal sealed class ServerException(int statusCode, string message) : Exception(message)
{
    public int StatusCode { get; } = statusCode;
}

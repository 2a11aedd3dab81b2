namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>The peer broke the protocol, reset a stream, or the connection is gone.</summary>
internal sealed class SpdyException(string message, Exception? inner = null) : IOException(message, inner);

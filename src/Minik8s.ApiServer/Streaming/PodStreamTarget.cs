namespace Minik8s.ApiServer.Streaming;

/// <summary>Which stream of which pod a request is for. The other parameters are read from the request's query.</summary>
/// <param name="Kind">The subresource.</param>
/// <param name="Pod">The pod as stored: UTF-8 JSON.</param>
public sealed record PodStreamTarget(PodStreamKind Kind, ReadOnlyMemory<byte> Pod);

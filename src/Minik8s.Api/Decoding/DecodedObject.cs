using System.Text.Json.Nodes;

namespace Minik8s.Api.Decoding;

/// <summary>A decoded body.</summary>
/// <param name="Object">The object with what its schema knows.</param>
/// <param name="StrictErrors">What a strict reader refuses: unknown and duplicate fields, in Kubernetes' words.</param>
public sealed record DecodedObject(JsonObject Object, IReadOnlyList<string> StrictErrors);

using System.Text.Json.Nodes;

namespace Minik8s.Testing.Api;

/// <summary>One step of the history: what an object was and is; null where there was none, or is none any more.</summary>
internal sealed record FakeChange(long Version, JsonObject? Old, JsonObject? Now);

using System.Text.Json.Nodes;

namespace Minik8s.SchemaGenerator;

/// <summary>One field of a definition.</summary>
internal sealed record Field(string JsonName, string PropertyName, JsonObject Schema, bool Required);

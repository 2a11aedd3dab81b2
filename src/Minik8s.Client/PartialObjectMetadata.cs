using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Minik8s.Client;

/// <summary>An object of any kind, of which only the metadata was asked for (meta/v1 PartialObjectMetadata).</summary>
public sealed class PartialObjectMetadata : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string? ApiVersion { get; set; }

    [JsonPropertyName("kind")]
    public string? Kind { get; set; }

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();
}

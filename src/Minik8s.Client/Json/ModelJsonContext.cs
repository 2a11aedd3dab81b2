using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Minik8s.Client.Json;

/// <summary>The generated serialisation of the models this product's components read and write.</summary>
/// <remarks>The context inside KubernetesClient.Aot is internal, and writes every time stamp alike; Kubernetes has two formats
/// (metav1.Time in seconds, metav1.MicroTime in microseconds), see <see cref="ModelJson"/>.</remarks>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimeConverter), typeof(QuantityConverter), typeof(IntOrStringConverter)])]
[JsonSerializable(typeof(V1Namespace))]
[JsonSerializable(typeof(V1Node))]
[JsonSerializable(typeof(V1Pod))]
[JsonSerializable(typeof(Corev1Event))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1ServiceAccount))]
[JsonSerializable(typeof(V1Service))]
[JsonSerializable(typeof(V1Endpoints))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(V1EndpointSlice))]
[JsonSerializable(typeof(V1ReplicationController))]
[JsonSerializable(typeof(V1PersistentVolumeClaim))]
[JsonSerializable(typeof(V1ReplicaSet))]
[JsonSerializable(typeof(V1Deployment))]
[JsonSerializable(typeof(V1DaemonSet))]
[JsonSerializable(typeof(V1StatefulSet))]
[JsonSerializable(typeof(V1ControllerRevision))]
[JsonSerializable(typeof(V1Job))]
[JsonSerializable(typeof(V1CronJob))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(V1ClusterRole))]
[JsonSerializable(typeof(V1CertificateSigningRequest))]
[JsonSerializable(typeof(V1Binding))]
[JsonSerializable(typeof(PartialObjectMetadata))]
[JsonSerializable(typeof(V1Status))]
[JsonSerializable(typeof(V1DeleteOptions))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;

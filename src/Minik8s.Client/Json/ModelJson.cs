using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;
using Minik8s.Api;

namespace Minik8s.Client.Json;

/// <summary>Reads and writes models as Kubernetes' JSON.</summary>
public static class ModelJson
{
    private static readonly JsonSerializerOptions Options = MakeOptions();

    /// <summary>Reads one object.</summary>
    /// <exception cref="JsonException">The text is not JSON, or a field has the wrong type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8Json)
        where T : class => JsonSerializer.Deserialize(utf8Json, Info<T>()) ?? throw new JsonException("an object was expected, not null");

    /// <summary>Reads one object from a larger document.</summary>
    public static T Read<T>(JsonElement element)
        where T : class => element.Deserialize(Info<T>()) ?? throw new JsonException("an object was expected, not null");

    /// <summary>Writes one object as UTF-8; null fields are left out.</summary>
    public static byte[] Write<T>(T value)
        where T : class => JsonSerializer.SerializeToUtf8Bytes(value, Info<T>());

    /// <summary>Writes one object as a JSON tree, for example to make a patch from it.</summary>
    public static JsonNode ToNode<T>(T value)
        where T : class => JsonSerializer.SerializeToNode(value, Info<T>())!;

    /// <summary>A deep copy: what an informer's store holds is shared and must not be changed.</summary>
    public static T Copy<T>(T value)
        where T : class => Read<T>(Write(value));

    /// <summary>The serialisation of a model; fields or elements of a known model are known too.</summary>
    /// <exception cref="NotSupportedException">The type is no part of the generated context.</exception>
    internal static JsonTypeInfo<T> Info<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions(ModelJsonContext.Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = ObjectJson.MaxDepth,
            TypeInfoResolver = ModelJsonContext.Default.WithAddedModifier(UseMicroTime),
        };
        options.MakeReadOnly();
        return options;
    }

    // The models have one DateTime for both of Kubernetes' time formats: these are the metav1.MicroTime fields.
    private static void UseMicroTime(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in info.Properties)
        {
            if (IsMicroTime(info.Type, property.Name))
                property.CustomConverter = new NullableMicroTimeConverter();
        }
    }

    private static bool IsMicroTime(Type type, string field) =>
        (type == typeof(V1LeaseSpec) && field is "acquireTime" or "renewTime")
        || (type == typeof(Corev1Event) && field == "eventTime")
        || (type == typeof(Corev1EventSeries) && field == "lastObservedTime");
}

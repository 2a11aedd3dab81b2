using k8s;
using k8s.Models;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>Events about whole objects.</summary>
public static class EventRecorderExtensions
{
    /// <summary>Something went as it should.</summary>
    public static void Normal<T>(this IEventRecorder recorder, T about, string reason, string message)
        where T : class, IKubernetesObject<V1ObjectMeta> => recorder.Record(Reference(about), EventType.Normal, reason, message);

    /// <summary>Something did not.</summary>
    public static void Warning<T>(this IEventRecorder recorder, T about, string reason, string message)
        where T : class, IKubernetesObject<V1ObjectMeta> => recorder.Record(Reference(about), EventType.Warning, reason, message);

    /// <summary>The reference to an object that its events carry.</summary>
    public static V1ObjectReference Reference<T>(T obj, string? fieldPath = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var names = ResourceNames.Of<T>();
        return new V1ObjectReference
        {
            ApiVersion = names.ApiVersion,
            Kind = names.Kind,
            NamespaceProperty = obj.Metadata.NamespaceProperty,
            Name = obj.Metadata.Name,
            Uid = obj.Metadata.Uid,
            ResourceVersion = obj.Metadata.ResourceVersion,
            FieldPath = fieldPath,
        };
    }
}

using Minik8s.Api.Identity;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Kinds.Events;

/// <summary>The kinds of <c>events.k8s.io</c>: Events again, over the stored core ones.</summary>
internal static class EventResources
{
    /// <summary>The Event of this group.</summary>
    /// <param name="core">The Event of the core group, as it is served.</param>
    public static ResourceDefinition Event(ResourceDefinition core)
    {
        var conversion = new EventConversion();
        var kind = new GroupVersionKind("events.k8s.io", "v1", "Event");
        return core with
        {
            Kind = kind,
            Schema = BuiltInSchemas.Get(kind),
            Strategy = new EventsV1Strategy(core.Strategy, conversion),
            StoredAs = new StoredForm(core, conversion, PrintsStored: true),
            SelectableFields =
            [
                Field("reason", "reason"), Field("regarding.kind", "involvedObject.kind"), Field("regarding.namespace", "involvedObject.namespace"),
                Field("regarding.name", "involvedObject.name"), Field("regarding.uid", "involvedObject.uid"), Field("regarding.apiVersion", "involvedObject.apiVersion"),
                Field("regarding.resourceVersion", "involvedObject.resourceVersion"), Field("regarding.fieldPath", "involvedObject.fieldPath"),
                Field("reportingController", "reportingComponent"), Field("type", "type"),
            ],
        };
    }

    private static SelectableField Field(string name, string stored) => new(name, stored.Split('.'));
}

using System.Text.Json.Nodes;

namespace Minik8s.Api.Resources;

/// <summary>Under which resource and version the objects of a served version are kept.</summary>
/// <param name="Resource">The stored version; its objects are what the store and the cache hold.</param>
/// <param name="Conversion">How objects get from the one to the other.</param>
/// <param name="PrintsStored">Table cells are made from the stored form: built-in kinds have one set of columns for all their versions.</param>
public sealed record StoredForm(ResourceDefinition Resource, VersionConversion Conversion, bool PrintsStored)
{
    /// <summary>Changes an object of the served version into the stored one.</summary>
    public void ToStored(JsonObject obj)
    {
        Conversion.ToStored(obj);
        obj["apiVersion"] = Resource.Kind.ApiVersion;
        obj["kind"] = Resource.Kind.Kind;
    }

    /// <summary>Changes a stored object into the served version.</summary>
    public void FromStored(JsonObject obj, ResourceDefinition served)
    {
        Conversion.FromStored(obj);
        obj["apiVersion"] = served.Kind.ApiVersion;
        obj["kind"] = served.Kind.Kind;
    }
}

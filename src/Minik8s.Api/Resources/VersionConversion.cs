using System.Text.Json.Nodes;

namespace Minik8s.Api.Resources;

/// <summary>
/// How objects of one served version become objects of the stored version, and back. Both ways keep everything: what one version has no field for, it
/// carries elsewhere. Conversions are pure and change the object in place; apiVersion and kind are set by the caller.
/// </summary>
public abstract class VersionConversion
{
    public abstract void ToStored(JsonObject obj);

    public abstract void FromStored(JsonObject obj);
}

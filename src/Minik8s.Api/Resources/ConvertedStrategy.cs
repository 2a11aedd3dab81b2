using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Resources;

/// <summary>
/// The behaviour of a served version that has none of its own: objects are converted, and the stored version's strategy does the work. Field errors name the
/// stored version's fields, as Kubernetes' name those of its internal version.
/// </summary>
public class ConvertedStrategy(ResourceStrategy stored, VersionConversion conversion) : ResourceStrategy
{
    public override bool HasGeneration => stored.HasGeneration;

    public override bool AllowCreateOnUpdate => stored.AllowCreateOnUpdate;

    public override void PrepareForCreate(JsonObject obj) => Change(obj, stored.PrepareForCreate);

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => Change(obj, o => stored.PrepareForUpdate(o, Converted(old)));

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old) => Change(obj, o => stored.PrepareForStatusUpdate(o, Converted(old)));

    public override void PrepareForSubresourceUpdate(string subresource, JsonObject obj, JsonObject old) => Change(obj, o => stored.PrepareForSubresourceUpdate(subresource, o, Converted(old)));

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => stored.ValidateCreate(Converted(obj), errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => stored.ValidateUpdate(Converted(obj), Converted(old), errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => stored.ValidateStatusUpdate(Converted(obj), Converted(old), errors);

    public override IEnumerable<string> ValidateName(string name, bool prefix) => stored.ValidateName(name, prefix);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => stored.Warnings(Converted(obj), old is null ? null : Converted(old));

    public override bool SpecChanged(JsonObject obj, JsonObject old) => stored.SpecChanged(Converted(obj), Converted(old));

    public override long? GracePeriodSeconds(JsonObject obj, long? requested) => stored.GracePeriodSeconds(Converted(obj), requested);

    private JsonObject Converted(JsonObject obj)
    {
        var copy = obj.DeepClone().AsObject();
        conversion.ToStored(copy);
        return copy;
    }

    private void Change(JsonObject obj, Action<JsonObject> change)
    {
        var copy = Converted(obj);
        change(copy);
        conversion.FromStored(copy);
        obj.Clear();
        foreach (var (name, value) in copy.ToList())
        {
            copy.Remove(name);
            obj[name] = value;
        }
    }
}

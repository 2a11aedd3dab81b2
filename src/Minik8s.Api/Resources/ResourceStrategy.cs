using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Resources;

/// <summary>
/// What is particular to a kind on its way into the store. The registry does what is common to all (names, uid, generation, resourceVersion,
/// finalizers, deletion) and calls these hooks in the order in which they stand here. Hooks are pure: no I/O, no clock.
/// </summary>
public abstract class ResourceStrategy
{
    /// <summary>Fills absent fields that the schema's static defaults cannot express. Runs on every decoded object, also after a patch.</summary>
    public virtual void ApplyDefaults(JsonObject obj)
    {
    }

    /// <summary>Clears what a client may not set on create (status) and sets initial values.</summary>
    public virtual void PrepareForCreate(JsonObject obj)
    {
    }

    /// <summary>Carries over what an update of the main resource may not change (status).</summary>
    public virtual void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
    }

    /// <summary>Carries over what an update of <c>status</c> may not change (spec, most of metadata).</summary>
    public virtual void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
    }

    /// <summary>Carries over what an update of another subresource may not change, such as <c>approval</c>.</summary>
    public virtual void PrepareForSubresourceUpdate(string subresource, JsonObject obj, JsonObject old)
    {
    }

    /// <summary>Marks an object that is about to be deleted, such as with a finalizer that holds it until its owner has cleaned up.</summary>
    public virtual void PrepareForDelete(JsonObject obj)
    {
    }

    /// <summary>Checks a new object. The common metadata has been checked before.</summary>
    public virtual void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
    }

    /// <summary>Checks a changed object, including what is immutable.</summary>
    public virtual void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
    }

    /// <summary>Checks a changed status.</summary>
    public virtual void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
    }

    /// <summary>Checks what an update of another subresource has changed.</summary>
    public virtual void ValidateSubresourceUpdate(string subresource, JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
    }

    /// <summary>Checks <c>metadata.name</c>; returns the reasons why it is bad. DNS-1123 subdomain unless a kind says otherwise.</summary>
    public virtual IEnumerable<string> ValidateName(string name, bool prefix) => Validation.Names.DnsSubdomain(name, prefix);

    /// <summary>Warnings to the client (HTTP <c>Warning</c> headers) about an accepted object.</summary>
    public virtual IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => [];

    /// <summary>Whether <c>metadata.generation</c> is kept; it increases when <see cref="SpecChanged"/>.</summary>
    public virtual bool HasGeneration => true;

    /// <summary>Whether an update changes the desired state. By default: anything but metadata and status.</summary>
    public virtual bool SpecChanged(JsonObject obj, JsonObject old)
    {
        foreach (var (key, value) in obj)
        {
            if (key is not ("metadata" or "status" or "apiVersion" or "kind") && !JsonNode.DeepEquals(value, old[key])) return true;
        }

        return old.Any(p => p.Key is not ("metadata" or "status") && !obj.ContainsKey(p.Key));
    }

    /// <summary>Whether <c>PUT</c> of an absent object creates it.</summary>
    public virtual bool AllowCreateOnUpdate => false;

    /// <summary>
    /// The grace period for a deletion, in seconds; null when the kind is deleted at once. <paramref name="requested"/> is the client's wish.
    /// A kind that returns a value above 0 stays, marked with deletionTimestamp, until somebody deletes it with 0.
    /// </summary>
    public virtual long? GracePeriodSeconds(JsonObject obj, long? requested) => null;
}

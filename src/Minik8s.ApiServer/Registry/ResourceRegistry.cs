using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.ManagedFields;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;

namespace Minik8s.ApiServer.Registry;

/// <summary>
/// Creates, changes and deletes objects of one resource: what is the same for every kind, with the kind's strategy called at its places.
/// Every change is a compare-and-swap on the revision that it was computed from. Work is done in the served version; what is given back is in the stored one
/// (see <see cref="Present(CachedObject)"/>).
/// </summary>
public sealed class ResourceRegistry(ResourceDefinition resource, ResourceCache cache, IStore store, AdmissionChain admission, TimeProvider time)
{
    private const int ConflictRetries = 20;

    private readonly ServedVersions _versions = new(resource);
    private FieldManager? _fields;

    public ResourceDefinition Resource => resource;

    public ResourceCache Cache => cache;

    /// <summary>Whether the version is another than the stored one, so that its objects are converted on their way in and out.</summary>
    public bool Converts => resource.StoredAs is not null;

    private FieldManager Fields => _fields ??= new(resource, time, _versions.Convert);

    /// <summary>Tells of the other versions of the resource, in which managers may have written.</summary>
    public void ServeWith(IReadOnlyList<ResourceDefinition> versions) => _versions.All = versions;

    /// <summary>A stored object in this version.</summary>
    public CachedObject Present(CachedObject stored)
    {
        if (resource.StoredAs is not { } form) return stored;
        var obj = ObjectBytes.Parse(stored.Json);
        form.FromStored(obj, resource);
        return stored.In(ObjectBytes.Write(obj));
    }

    /// <summary>An event with its object in this version.</summary>
    public CacheEvent Present(CacheEvent e) => Converts ? e.In(resource, Present) : e;

    /// <summary>A stored object in the form that the columns of this version are made from.</summary>
    public CachedObject ForPrinting(CachedObject stored) => resource.StoredAs is { PrintsStored: false } ? Present(stored) : stored;

    public string KeyOf(string ns, string name) => resource.Namespaced ? $"{cache.Prefix}{ns}/{name}" : cache.Prefix + name;

    /// <summary>The object as the store has it now.</summary>
    /// <exception cref="StatusException">404 when there is none.</exception>
    public async ValueTask<CachedObject> GetAsync(string ns, string name, CancellationToken cancellationToken)
    {
        await cache.WaitForStoreAsync(cancellationToken);
        return cache.Find(KeyOf(ns, name)) ?? throw NotFound(name);
    }

    public async ValueTask<CachedObject> CreateAsync(string ns, JsonObject obj, WriteOptions options, CancellationToken cancellationToken)
    {
        var metadata = obj.Ensure("metadata");
        if (metadata.Text("resourceVersion") is { Length: > 0 }) throw StatusErrors.BadRequest("resourceVersion should not be set on objects to be created");
        CheckNamespace(metadata, ns);
        var generated = string.IsNullOrEmpty(metadata.Text("name")) && metadata.Text("generateName") is { Length: > 0 };
        for (var attempt = 0; ; attempt++)
        {
            if (generated) metadata["name"] = NameGenerator.Generate(metadata.Text("generateName")!);
            var candidate = obj.DeepClone().AsObject();
            if (!options.Applies) Fields.Update(null, candidate, options.FieldManager, "");
            Initialise(candidate);
            var request = new AdmissionRequest(resource, AdmissionOperation.Create, ns, candidate, null, options.DryRun) { User = options.User, Warn = options.Warn };
            await admission.AdmitAsync(request, cancellationToken);
            Validate(candidate, null, "", options);
            await admission.ReserveAsync(request, cancellationToken);
            var key = KeyOf(ns, candidate.Map("metadata").Text("name")!);
            var bytes = Encode(candidate);
            if (options.DryRun)
            {
                if ((await store.RangeAsync(new RangeQuery(key), cancellationToken)).Items.Count > 0) throw AlreadyExists(candidate);
                return Read(key, bytes, 0);
            }

            var result = await store.WriteAsync(new WriteRequest(key, bytes, 0, resource.TimeToLive), cancellationToken);
            if (result.Succeeded) return Read(key, bytes, result.Revision);
            if (!generated || attempt == 7) throw AlreadyExists(candidate);
        }
    }

    /// <summary>
    /// Changes an object. <paramref name="change"/> gets the present object and returns the wanted one; it is called again when somebody else was quicker,
    /// unless the wanted object names a resourceVersion.
    /// </summary>
    public async ValueTask<(CachedObject Object, bool Created)> UpdateAsync(
        string ns, string name, string subresource, Func<JsonObject, JsonObject> change, WriteOptions options, CancellationToken cancellationToken, Func<JsonObject>? create = null)
    {
        var key = KeyOf(ns, name);
        for (var attempt = 0; ; attempt++)
        {
            var stored = (await store.RangeAsync(new RangeQuery(key), cancellationToken)).Items.SingleOrDefault();
            if (stored is null)
            {
                if (create is null || !(options.Applies || resource.Strategy.AllowCreateOnUpdate)) throw NotFound(name);
                options.BeforeCreate?.Invoke();
                return (await CreateAsync(ns, create(), options, cancellationToken), true);
            }

            var old = Decode(stored.Value);
            var present = old.DeepClone().AsObject();
            present.Map("metadata")!["resourceVersion"] = stored.ModRevision.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var wanted = change(present);
            var metadata = wanted.Ensure("metadata");
            CheckNamespace(metadata, ns);
            if (metadata.Text("name") is { Length: > 0 } named && named != name) throw StatusErrors.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
            metadata["name"] = name;
            if (metadata.Text("uid") is { Length: > 0 } uid && uid != old.Map("metadata").Text("uid"))
            {
                throw StatusErrors.Conflict(resource.GroupResource, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.Map("metadata").Text("uid")}");
            }

            var expected = metadata.Text("resourceVersion");
            if (!string.IsNullOrEmpty(expected) && expected != "0" && expected != $"{stored.ModRevision}")
            {
                throw StatusErrors.Conflict(resource.GroupResource, name, "the object has been modified; please apply your changes to the latest version and try again");
            }

            Carry(wanted, old, subresource);
            // A binding is the server's own doing: the scheduler does not manage the fields that it sets.
            if (!options.Applies && subresource != "binding") Fields.Update(old, wanted, options.FieldManager, options.Through ?? subresource);
            var request = new AdmissionRequest(resource, AdmissionOperation.Update, ns, wanted, old, options.DryRun) { User = options.User, Subresource = subresource, Warn = options.Warn };
            await admission.AdmitAsync(request, cancellationToken);
            Validate(wanted, old, subresource, options);
            await admission.ReserveAsync(request, cancellationToken);
            if (IsFinished(wanted))
            {
                // The last finalizer is gone from an object that was only waiting for that.
                if (!options.DryRun && !(await store.WriteAsync(new WriteRequest(key, null, stored.ModRevision), cancellationToken)).Succeeded && attempt < ConflictRetries) continue;
                return (Read(key, Encode(wanted), stored.ModRevision), false);
            }

            var bytes = Encode(wanted);
            if (options.DryRun || bytes.AsSpan().SequenceEqual(stored.Value.Span) || (!NeedsRewrite(stored.Value) && FieldManager.SameButForTimes(wanted, old))) return (Read(key, options.DryRun ? bytes : stored.Value, stored.ModRevision), false);
            var result = await store.WriteAsync(new WriteRequest(key, bytes, stored.ModRevision, resource.TimeToLive), cancellationToken);
            if (result.Succeeded) return (Read(key, bytes, result.Revision), false);
            if (attempt == ConflictRetries) throw StatusErrors.Conflict(resource.GroupResource, name, "the object has been modified; please apply your changes to the latest version and try again");
        }
    }

    /// <summary>Applies a configuration server-side: merges it into the object that is there, or creates one.</summary>
    /// <param name="ns">The namespace; empty for cluster-wide kinds.</param>
    /// <param name="name">The name on the URL.</param>
    /// <param name="subresource">Empty for the main resource; through others nothing is created.</param>
    /// <param name="config">The configuration as it was sent.</param>
    /// <param name="force">Take fields over from others who manage them.</param>
    /// <param name="normalise">Brings the merged object into form.</param>
    /// <param name="options">Whose configuration it is, and more.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="StatusException">409 when others manage fields of the configuration with other values.</exception>
    public async ValueTask<(CachedObject Object, bool Created)> ApplyAsync(
        string ns, string name, string subresource, JsonObject config, bool force, Func<JsonObject, JsonObject> normalise, WriteOptions options, CancellationToken cancellationToken)
    {
        var applying = options with { Applies = true };
        var through = options.Through ?? subresource;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await UpdateAsync(ns, name, subresource, present => normalise(Fields.Apply(present, config, options.FieldManager, force, through)), applying, cancellationToken,
                    through.Length > 0 ? null : () => AppliedAnew(name, normalise(Fields.Apply(null, config, options.FieldManager, force, ""))));
            }
            catch (StatusException e) when (e.Reason == StatusReason.AlreadyExists && attempt < ConflictRetries)
            {
                // Somebody has created it meanwhile; now there is something to merge into.
            }
        }
    }

    /// <summary>Deletes an object, or marks it as terminating when it has a grace period or finalizers.</summary>
    /// <returns>The object as it is now (terminating), or as it was last; and whether it is gone.</returns>
    public async ValueTask<(CachedObject Object, bool Gone)> DeleteAsync(string ns, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        var key = KeyOf(ns, name);
        while (true)
        {
            var stored = (await store.RangeAsync(new RangeQuery(key), cancellationToken)).Items.SingleOrDefault() ?? throw NotFound(name);
            // In its stored form, so that a mark loses nothing of it.
            var obj = ObjectBytes.Parse(stored.Value);
            CheckPreconditions(obj, stored.ModRevision, options, name);
            var admitted = Converts ? Decode(stored.Value) : obj;
            await admission.AdmitAsync(new(resource, AdmissionOperation.Delete, ns, admitted, admitted, options.DryRun) { User = options.User }, cancellationToken);
            var deletion = new Deletion(resource.Stored, time).Mark(obj, options);
            if (deletion == DeletionOutcome.Unchanged || (options.DryRun && deletion == DeletionOutcome.Marked)) return (Read(key, ObjectBytes.Of(obj), stored.ModRevision), false);
            if (options.DryRun) return (Read(key, stored.Value, stored.ModRevision), true);
            var value = deletion == DeletionOutcome.Marked ? ObjectBytes.Of(obj) : (ReadOnlyMemory<byte>?)null;
            var result = await store.WriteAsync(new WriteRequest(key, value, stored.ModRevision, resource.TimeToLive), cancellationToken);
            if (result.Succeeded) return (Read(key, value ?? stored.Value, result.Revision), value is null);
        }
    }

    private CachedObject Read(string key, ReadOnlyMemory<byte> stored, long revision) => CachedObject.Read(resource.Stored, key, stored, revision);

    /// <summary>What the store holds, as an object of this version.</summary>
    private JsonObject Decode(ReadOnlyMemory<byte> stored)
    {
        if (resource.Stored.Upgrade is { } upgrade) stored = upgrade(stored);
        var obj = ObjectBytes.Parse(stored);
        resource.StoredAs?.FromStored(obj, resource);
        return obj;
    }

    /// <summary>Whether the store holds an object in a form of the past: then even a write that changes nothing brings it up to date.</summary>
    private bool NeedsRewrite(ReadOnlyMemory<byte> stored) => resource.Stored.Upgrade is { } upgrade && !upgrade(stored).Equals(stored);

    /// <summary>An object of this version as the store holds it.</summary>
    private byte[] Encode(JsonObject obj)
    {
        if (resource.StoredAs is not { } form) return ObjectBytes.Of(obj);
        var stored = obj.DeepClone().AsObject();
        form.ToStored(stored);
        return ObjectBytes.Of(stored);
    }

    private StatusException NotFound(string name) => StatusErrors.NotFound(resource.GroupResource, name);

    private StatusException AlreadyExists(JsonObject obj) => StatusErrors.AlreadyExists(resource.GroupResource, obj.Map("metadata").Text("name")!);

    private JsonObject AppliedAnew(string name, JsonObject obj)
    {
        var metadata = obj.Ensure("metadata");
        var named = metadata.Text("name") ?? "";
        if (named.Length == 0) throw StatusErrors.BadRequest($"the name of the object ({name} based on URL) was undeterminable: name must be provided");
        if (named != name) throw StatusErrors.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
        if (metadata.Text("uid") is { Length: > 0 } uid)
        {
            throw StatusErrors.Conflict(resource.GroupResource, name, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        }

        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != "0")
        {
            throw StatusErrors.Conflict(resource.GroupResource, name, "the object has been modified; please apply your changes to the latest version and try again");
        }

        metadata.Remove("resourceVersion");
        return obj;
    }

    private void CheckNamespace(JsonObject metadata, string ns)
    {
        if (!resource.Namespaced)
        {
            metadata.Remove("namespace");
            return;
        }

        var given = metadata.Text("namespace") ?? "";
        if (given.Length > 0 && given != ns) throw StatusErrors.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
        metadata["namespace"] = ns;
    }

    private void CheckPreconditions(JsonObject obj, long revision, DeleteOptions options, string name)
    {
        var uid = obj.Map("metadata").Text("uid");
        if (options.Uid is { } wanted && wanted != uid)
        {
            throw StatusErrors.Conflict(resource.GroupResource, name, $"Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
        }

        if (options.ResourceVersion is { } expected && expected != $"{revision}")
        {
            throw StatusErrors.Conflict(resource.GroupResource, name, $"Precondition failed: ResourceVersion in precondition: {expected}, ResourceVersion in object meta: {revision}");
        }
    }

    private void Initialise(JsonObject obj)
    {
        var metadata = obj.Ensure("metadata");
        foreach (var field in new[] { "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation" }) metadata.Remove(field);
        metadata["uid"] = Guid.NewGuid().ToString();
        resource.Strategy.PrepareForCreate(obj);
        metadata = obj.Ensure("metadata");
        metadata["creationTimestamp"] = Timestamp(time.GetUtcNow());
        if (resource.Strategy.HasGeneration) metadata["generation"] = 1;
    }

    private void Carry(JsonObject obj, JsonObject old, string subresource)
    {
        var metadata = obj.Map("metadata")!;
        var before = old.Map("metadata")!;
        foreach (var field in new[] { "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName" })
        {
            if (before[field] is { } value) metadata[field] = value.DeepClone();
            else metadata.Remove(field);
        }

        metadata.Remove("selfLink");
        metadata.Remove("resourceVersion");
        obj["apiVersion"] = resource.Kind.ApiVersion;
        obj["kind"] = resource.Kind.Kind;
        switch (subresource)
        {
            case "status":
                resource.Strategy.PrepareForStatusUpdate(obj, old);
                break;
            case "":
                resource.Strategy.PrepareForUpdate(obj, old);
                break;
            default:
                resource.Strategy.PrepareForSubresourceUpdate(subresource, obj, old);
                break;
        }

        if (subresource != "status" && resource.Strategy.HasGeneration && resource.Strategy.SpecChanged(obj, old)) obj.Ensure("metadata")["generation"] = (before.Number("generation") ?? 0) + 1;
    }

    private void Validate(JsonObject obj, JsonObject? old, string subresource, WriteOptions options)
    {
        var errors = new List<FieldError>();
        ObjectMetaValidation.Validate(obj, resource, errors);
        if (old is null)
        {
            resource.Strategy.ValidateCreate(obj, errors);
        }
        else
        {
            ObjectMetaValidation.ValidateUpdate(obj, old, errors);
            // Some subresources (binding, finalize) change only what they are for, and have checked it themselves.
            if (subresource.Length == 0) resource.Strategy.ValidateUpdate(obj, old, errors);
            else if (subresource == "status") resource.Strategy.ValidateStatusUpdate(obj, old, errors);
            else resource.Strategy.ValidateSubresourceUpdate(subresource, obj, old, errors);
        }

        if (errors.Count > 0) throw StatusErrors.Invalid(resource.Kind, obj.Map("metadata").Text("name") ?? "", errors);
        foreach (var warning in resource.Strategy.Warnings(obj, old)) options.Warn(warning);
    }

    private static bool IsFinished(JsonObject obj)
    {
        var metadata = obj.Map("metadata");
        return metadata!["deletionTimestamp"] is not null && metadata["finalizers"] is not JsonArray { Count: > 0 } && (metadata.Number("deletionGracePeriodSeconds") ?? 0) == 0
            && obj.Map("spec")?["finalizers"] is not JsonArray { Count: > 0 };
    }

    internal static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}

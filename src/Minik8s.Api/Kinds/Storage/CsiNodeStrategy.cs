using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.PersistentVolumes;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>The CSI drivers of a node; an entry may come and go, and only its limit may change.</summary>
internal sealed class CsiNodeStrategy : PlainStrategy
{
    private const int MaxNodeId = 256;

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        var i = 0;
        foreach (var driver in obj.Map("spec").Items("drivers"))
        {
            var path = $"spec.drivers[{i++}]";
            var (name, id) = (driver.Text("name") ?? "", driver.Text("nodeID") ?? "");
            VolumeChecks.ValidateDriver(name, $"{path}.name", errors);
            if (id.Length == 0) errors.Required($"{path}.nodeID");
            if (id.Length > MaxNodeId) errors.Invalid($"{path}.nodeID", id, $"must be {MaxNodeId} characters or less");
            errors.NonNegative($"{path}.allocatable.count", driver.Map("allocatable")?["count"]);
            if (!names.Add(name)) errors.Duplicate($"{path}.name", name);
            ValidateKeys(driver, path, errors);
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        var known = new Dictionary<string, JsonObject>();
        foreach (var driver in old.Map("spec").Items("drivers")) known[driver.Text("name") ?? ""] = driver;
        foreach (var driver in obj.Map("spec").Items("drivers"))
        {
            if (known.TryGetValue(driver.Text("name") ?? "", out var before)) errors.Immutable("spec.drivers", WithoutLimit(driver), WithoutLimit(before));
        }
    }

    private static void ValidateKeys(JsonObject driver, string path, ICollection<FieldError> errors)
    {
        var keys = new HashSet<string>();
        foreach (var key in driver.Texts("topologyKeys"))
        {
            if (key.Length == 0) errors.Required(path);
            if (!keys.Add(key)) errors.Duplicate(path, key);
            errors.All(path, key, Labels.Key(key));
        }
    }

    private static JsonObject WithoutLimit(JsonObject driver)
    {
        var copy = driver.DeepClone().AsObject();
        copy.Remove("allocatable");
        return copy;
    }
}

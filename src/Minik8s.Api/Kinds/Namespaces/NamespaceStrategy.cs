using System.Text.Json.Nodes;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Namespaces;

/// <summary>Namespaces: they stay, terminating, until their finalizer is taken away by the controller that has emptied them.</summary>
internal sealed class NamespaceStrategy : StatusStrategy
{
    public override bool HasGeneration => false;

    public override void PrepareForCreate(JsonObject obj)
    {
        var name = obj.Map("metadata").Text("name");
        if (!string.IsNullOrEmpty(name)) obj.Ensure("metadata").Ensure("labels")["kubernetes.io/metadata.name"] = name;
        obj.Ensure("spec").Default("finalizers", new JsonArray("kubernetes"));
        obj["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        Keep(obj, old, "spec");
        obj.Ensure("metadata").Ensure("labels").Default("kubernetes.io/metadata.name", obj.Map("metadata").Text("name")!);
    }

    public override IEnumerable<string> ValidateName(string name, bool prefix) => Names.DnsLabel(name, prefix);
}

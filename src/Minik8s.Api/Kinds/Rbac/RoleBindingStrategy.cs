using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Rbac;

/// <summary>Bindings of a role to subjects. The role is fixed, because a changed reference would be a different grant.</summary>
internal sealed class RoleBindingStrategy(bool namespaced) : PlainStrategy
{
    public override bool AllowCreateOnUpdate => true;

    /// <summary>Any name that fits into a path, which is checked for every kind.</summary>
    public override IEnumerable<string> ValidateName(string name, bool prefix) => [];

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("roleRef") is { } role && string.IsNullOrEmpty(role.Text("apiGroup"))) role["apiGroup"] = RbacResources.Group;
        foreach (var subject in obj.Items("subjects"))
        {
            if (string.IsNullOrEmpty(subject.Text("apiGroup")) && subject.Text("kind") is "User" or "Group") subject["apiGroup"] = RbacResources.Group;
        }
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var role = obj.Map("roleRef") ?? [];
        if (role.Text("apiGroup") is not RbacResources.Group and var group) errors.NotSupported("roleRef.apiGroup", group ?? "", RbacResources.Group);
        if (role.Text("kind") is not "ClusterRole" and var kind && (kind != "Role" || !namespaced))
        {
            if (namespaced) errors.Unsupported("roleRef.kind", kind ?? "", "Role", "ClusterRole");
            else errors.NotSupported("roleRef.kind", kind ?? "", "ClusterRole");
        }

        var name = role.Text("name") ?? "";
        if (name.Length == 0) errors.Required("roleRef.name");
        else errors.All("roleRef.name", name, Names.PathSegment(name));
        var i = 0;
        foreach (var subject in obj.Items("subjects")) ValidateSubject(subject, $"subjects[{i++}]", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        if (!obj["roleRef"].Same(old["roleRef"])) errors.Invalid("roleRef", obj["roleRef"], "cannot change roleRef");
    }

    private void ValidateSubject(JsonObject subject, string path, ICollection<FieldError> errors)
    {
        var (name, group) = (subject.Text("name") ?? "", subject.Text("apiGroup") ?? "");
        if (name.Length == 0) errors.Required($"{path}.name");
        switch (subject.Text("kind"))
        {
            case "ServiceAccount":
                if (name.Length > 0) errors.All($"{path}.name", name, Names.DnsSubdomain(name));
                if (group.Length > 0) errors.NotSupported($"{path}.apiGroup", group, "");
                if (!namespaced && string.IsNullOrEmpty(subject.Text("namespace"))) errors.Required($"{path}.namespace");
                break;
            case "User" or "Group":
                if (group != RbacResources.Group) errors.NotSupported($"{path}.apiGroup", group, RbacResources.Group);
                break;
            case var kind:
                errors.Unsupported($"{path}.kind", kind ?? "", "ServiceAccount", "User", "Group");
                break;
        }
    }
}

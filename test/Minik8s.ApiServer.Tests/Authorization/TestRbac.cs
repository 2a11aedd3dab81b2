using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Tests.Authorization;

/// <summary>An RBAC index that is fed as caches would feed it.</summary>
internal sealed class TestRbac
{
    private static readonly ResourceDefinition AnyResource = BuiltInResources.All.First(r => r.SelectableFields.Count == 0);

    private readonly Dictionary<string, CachedObject> _objects = [];
    private long _revision;

    public RbacIndex Index { get; } = new();

    public RbacAuthorizer Authorizer => new(Index);

    /// <summary>One with the roles and bindings that every cluster has.</summary>
    public static TestRbac WithDefaults()
    {
        var rbac = new TestRbac();
        foreach (var obj in DefaultPolicy.Load()) rbac.Put(obj);
        return rbac;
    }

    public void Put(JsonObject obj)
    {
        var (key, current) = Read(obj);
        var before = _objects.GetValueOrDefault(key);
        _objects[key] = current;
        Send(obj, new CacheEvent(before is null ? CacheEventType.Added : CacheEventType.Modified, current, before, current.Revision));
    }

    public void Delete(JsonObject obj)
    {
        var (key, last) = Read(obj);
        Send(obj, new CacheEvent(CacheEventType.Deleted, last, _objects[key], last.Revision));
        _objects.Remove(key);
    }

    public static JsonObject Role(string ns, string name, params PolicyRule[] rules) => new()
    {
        ["kind"] = ns.Length == 0 ? "ClusterRole" : "Role",
        ["metadata"] = Metadata(ns, name),
        ["rules"] = new JsonArray([.. rules.Select(r => r.ToJson())]),
    };

    public static JsonObject Binding(string ns, string name, string roleKind, string role, params (string Kind, string Name)[] subjects) => new()
    {
        ["kind"] = ns.Length == 0 ? "ClusterRoleBinding" : "RoleBinding",
        ["metadata"] = Metadata(ns, name),
        ["roleRef"] = new JsonObject { ["kind"] = roleKind, ["name"] = role },
        ["subjects"] = new JsonArray([.. subjects.Select(s => new JsonObject { ["kind"] = s.Kind, ["name"] = s.Name })]),
    };

    private static JsonObject Metadata(string ns, string name) => ns.Length == 0 ? new() { ["name"] = name } : new() { ["name"] = name, ["namespace"] = ns };

    private void Send(JsonObject obj, CacheEvent change)
    {
        if (obj["kind"]!.GetValue<string>().EndsWith("Binding", StringComparison.Ordinal)) Index.BindingChanged(change);
        else Index.RoleChanged(change);
    }

    private (string Key, CachedObject Object) Read(JsonObject obj)
    {
        var metadata = obj["metadata"]!;
        var key = $"{obj["kind"]}/{metadata["namespace"]}/{metadata["name"]}";
        return (key, CachedObject.Read(AnyResource, key, Encoding.UTF8.GetBytes(obj.ToJsonString()), ++_revision));
    }
}

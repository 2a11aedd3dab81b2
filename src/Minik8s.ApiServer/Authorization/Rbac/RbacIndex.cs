using System.Collections.Concurrent;
using Minik8s.Api;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>
/// Roles by name and bindings by subject, kept by the caches' events, so that a decision costs what the user's own bindings cost and nothing for others'.
/// Reads take no lock.
/// </summary>
public sealed class RbacIndex
{
    // The namespace is empty for what is of the whole cluster.
    private readonly ConcurrentDictionary<(string Namespace, string Name), PolicyRule[]> _roles = new();
    private readonly ConcurrentDictionary<(string Namespace, string Subject), RoleBinding[]> _bindings = new();
    private readonly Lock _writing = new();

    /// <summary>Takes in a change of a Role or ClusterRole.</summary>
    public void RoleChanged(CacheEvent change)
    {
        var key = (change.Current.Namespace, change.Current.Name);
        if (change.Type == CacheEventType.Deleted)
        {
            _roles.TryRemove(key, out _);
            return;
        }

        using var document = ObjectJson.Document(change.Current.Json);
        _roles[key] = PolicyRule.Read(document.RootElement);
    }

    /// <summary>Takes in a change of a RoleBinding or ClusterRoleBinding.</summary>
    public void BindingChanged(CacheEvent change)
    {
        lock (_writing)
        {
            if (change.Previous is not null) Remove(RoleBinding.Read(change.Previous.Json));
            if (change.Type != CacheEventType.Deleted) Add(RoleBinding.Read(change.Current.Json));
        }
    }

    /// <summary>The rules of a role; null when there is no such role.</summary>
    /// <param name="ns">The namespace of the binding that names it.</param>
    /// <param name="role">The reference.</param>
    public PolicyRule[]? Rules(string ns, RoleRef role) => _roles.GetValueOrDefault((role.IsClusterRole ? "" : ns, role.Name));

    /// <summary>The bindings that concern a user: those of the cluster and then, where a namespace is given, those in it.</summary>
    internal IEnumerable<(RoleBinding Binding, RoleBinding.Subject Subject)> BindingsOf(UserInfo user, string ns)
    {
        foreach (var found in BindingsIn("", user)) yield return found;
        if (ns.Length == 0) yield break;
        foreach (var found in BindingsIn(ns, user)) yield return found;
    }

    private IEnumerable<(RoleBinding Binding, RoleBinding.Subject Subject)> BindingsIn(string ns, UserInfo user)
    {
        foreach (var found in BindingsFor(ns, "u:" + user.Name)) yield return found;
        foreach (var group in user.Groups)
        {
            foreach (var found in BindingsFor(ns, "g:" + group)) yield return found;
        }
    }

    private IEnumerable<(RoleBinding Binding, RoleBinding.Subject Subject)> BindingsFor(string ns, string subject)
    {
        if (!_bindings.TryGetValue((ns, subject), out var bindings)) yield break;
        foreach (var binding in bindings) yield return (binding, binding.Subjects.First(s => s.Key == subject));
    }

    private void Add(RoleBinding binding)
    {
        foreach (var subject in binding.Subjects.Select(s => s.Key).Distinct())
        {
            var key = (binding.Namespace, subject);
            _bindings[key] = _bindings.TryGetValue(key, out var present) ? [.. present.Where(b => b.Name != binding.Name), binding] : [binding];
        }
    }

    private void Remove(RoleBinding binding)
    {
        foreach (var subject in binding.Subjects.Select(s => s.Key).Distinct())
        {
            var key = (binding.Namespace, subject);
            if (!_bindings.TryGetValue(key, out var present)) continue;
            var left = present.Where(b => b.Name != binding.Name).ToArray();
            if (left.Length == 0) _bindings.TryRemove(key, out _);
            else _bindings[key] = left;
        }
    }
}

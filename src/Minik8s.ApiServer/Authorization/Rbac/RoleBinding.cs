using System.Text.Json;
using Minik8s.Api;
using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>A RoleBinding or ClusterRoleBinding as the index keeps it.</summary>
/// <param name="Namespace">Empty for a ClusterRoleBinding.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it grants.</param>
/// <param name="Subjects">To whom, each as the key that a user of that kind looks it up by.</param>
internal sealed record RoleBinding(string Namespace, string Name, RoleRef Role, IReadOnlyList<RoleBinding.Subject> Subjects)
{
    public static RoleBinding Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ObjectJson.ReaderOptions);
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        var metadata = root.GetProperty("metadata");
        var ns = Text(metadata, "namespace");
        var role = root.TryGetProperty("roleRef", out var reference) ? new RoleRef(Text(reference, "kind"), Text(reference, "name")) : new RoleRef("", "");
        var subjects = new List<Subject>();
        if (root.TryGetProperty("subjects", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var subject in list.EnumerateArray())
            {
                var (kind, name) = (Text(subject, "kind"), Text(subject, "name"));
                var of = Text(subject, "namespace") is { Length: > 0 } given ? given : ns;
                if (kind == "ServiceAccount" && of.Length == 0) continue;
                subjects.Add(kind switch
                {
                    "Group" => new Subject($"g:{name}", $"Group {GoText.Quote(name)}"),
                    "ServiceAccount" => new Subject($"u:{ServiceAccountName.Of(of, name)}", $"ServiceAccount {GoText.Quote($"{name}/{of}")}"),
                    _ => new Subject($"u:{name}", $"User {GoText.Quote(name)}"),
                });
            }
        }

        return new(ns, Text(metadata, "name"), role, subjects);
    }

    /// <summary>As reasons name it: <c>ClusterRoleBinding "x" of ClusterRole "y" to User "z"</c>.</summary>
    public string Describe(Subject subject)
    {
        var name = Namespace.Length == 0 ? $"ClusterRoleBinding {GoText.Quote(Name)}" : $"RoleBinding {GoText.Quote($"{Name}/{Namespace}")}";
        return $"{name} of {Role.Kind} {GoText.Quote(Role.Name)} to {subject.Description}";
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary>Somebody to whom a role is granted.</summary>
    internal sealed record Subject(string Key, string Description);
}

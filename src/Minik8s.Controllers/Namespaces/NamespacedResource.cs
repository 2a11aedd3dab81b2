namespace Minik8s.Controllers.Namespaces;

/// <summary>A resource of the API whose objects live in namespaces and can be deleted.</summary>
/// <param name="Group">Its API group; empty for the core.</param>
/// <param name="Plural">Its name in paths.</param>
/// <param name="Root">The path of its group and version.</param>
/// <param name="CanDeleteCollection">Whether one request may delete all of a namespace.</param>
internal sealed record NamespacedResource(string Group, string Plural, string Root, bool CanDeleteCollection)
{
    /// <summary><c>plural.group</c> as the namespace's conditions write it: the dot stays where the group is empty.</summary>
    public string DisplayName => $"{Plural}.{Group}";

    public bool IsPods => Group.Length == 0 && Plural == "pods";

    public string Path(string ns) => $"{Root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}";
}

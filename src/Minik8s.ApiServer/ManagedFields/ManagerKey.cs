namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Who manages fields: a manager has one entry for all that it applies, and one for its updates in each version, apart for each subresource.
/// </summary>
/// <param name="Manager">The field manager's name.</param>
/// <param name="Applies">Whether the operation is <c>Apply</c>; else it is <c>Update</c>.</param>
/// <param name="ApiVersion">The version of an update; empty for appliers.</param>
/// <param name="Subresource">Empty for the main resource.</param>
public sealed record ManagerKey(string Manager, bool Applies, string ApiVersion, string Subresource)
{
    /// <summary>Stands for the present update until it is known whether it has changed anything.</summary>
    internal static ManagerKey Current { get; } = new("", false, "", "\0");

    public static ManagerKey Applier(string manager, string subresource) => new(Named(manager), true, "", subresource);

    public static ManagerKey Updater(string manager, string apiVersion, string subresource) => new(Named(manager), false, apiVersion, subresource);

    /// <summary>As conflicts name a manager.</summary>
    public override string ToString()
    {
        var name = JsonText.Quote(Manager);
        if (Subresource.Length > 0) name += $" with subresource {JsonText.Quote(Subresource)}";
        return Applies ? name : $"{name} using {ApiVersion}";
    }

    private static string Named(string manager) => manager.Length == 0 ? "unknown" : manager;
}

using Minik8s.Api.Identity;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds;

/// <summary>Short forms for the lists of built-in kinds.</summary>
internal static class Definitions
{
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary>The <c>status</c> subresource as discovery lists it.</summary>
    public static Subresource Status { get; } = new("status", null, StatusVerbs);

    /// <summary>A selectable field whose selector is spelled as its path.</summary>
    public static SelectableField Field(string name, string absent = "") => new(name, name.Split('.'), absent);

    /// <summary>A built-in kind; its schema is made when first asked for.</summary>
    public static ResourceDefinition Define(string group, string version, string kind, string plural, ResourceStrategy strategy, ITablePrinter printer, string[]? shortNames = null, bool namespaced = true) => new()
    {
        Kind = new GroupVersionKind(group, version, kind),
        Plural = plural,
        Singular = kind.ToLowerInvariant(),
        ShortNames = shortNames ?? [],
        Namespaced = namespaced,
        Strategy = strategy,
        Printer = printer,
    };
}

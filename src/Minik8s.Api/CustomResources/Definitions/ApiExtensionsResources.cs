using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>The kinds of <c>apiextensions.k8s.io</c>.</summary>
internal static class ApiExtensionsResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Kinds.Definitions.Define("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", new CustomResourceDefinitionStrategy(), TablePrinter.Default, ["crd", "crds"], namespaced: false) with
        {
            Categories = ["api-extensions"],
            Subresources = [Kinds.Definitions.Status],
            Decoder = new CustomResourceDefinitionDecoder(),
        },
    ];
}

using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>The kinds of <c>autoscaling</c>: HorizontalPodAutoscalers, stored as v2 and served as v1 too.</summary>
internal static class AutoscalingResources
{
    public static IReadOnlyList<ResourceDefinition> All { get; } = Make();

    private static ResourceDefinition[] Make()
    {
        var strategy = new HorizontalPodAutoscalerStrategy();
        var conversion = new HorizontalPodAutoscalerConversion();
        var second = Define("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", strategy, HorizontalPodAutoscalerPrinter.Table, ["hpa"]) with
        {
            Categories = ["all"],
            Subresources = [Status],
        };
        return
        [
            second,
            second with
            {
                Kind = second.Kind with { Version = "v1" },
                Strategy = new ConvertedStrategy(strategy, conversion),
                StoredAs = new StoredForm(second, conversion, PrintsStored: true),
            },
        ];
    }
}

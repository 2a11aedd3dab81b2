using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>Which taints tolerations cover.</summary>
public static class Tolerations
{
    /// <summary>Whether any of them covers the taint.</summary>
    public static bool Tolerate(IList<V1Toleration>? tolerations, V1Taint taint) => tolerations?.Any(t => Tolerates(t, taint)) ?? false;

    private static bool Tolerates(V1Toleration toleration, V1Taint taint)
    {
        if (!string.IsNullOrEmpty(toleration.Effect) && toleration.Effect != taint.Effect) return false;
        if (!string.IsNullOrEmpty(toleration.Key) && toleration.Key != taint.Key) return false;
        return toleration.OperatorProperty switch
        {
            "Exists" => true,
            null or "" or "Equal" => (toleration.Value ?? "") == (taint.Value ?? ""),
            _ => false,
        };
    }
}

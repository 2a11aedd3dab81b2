namespace Minik8s.Kubelet.Pleg;

/// <summary>Whoever acts on changes of pods in the runtime.</summary>
internal interface IPodWaker
{
    /// <summary>Something has happened to the pod of this uid in the runtime; null: perhaps to any.</summary>
    void Changed(string? uid);
}

using k8s.Models;

namespace Minik8s.Kubelet.Volumes;

/// <summary>Where the ServiceAccount tokens of pods come from.</summary>
internal interface ITokenSource
{
    /// <summary>A token of the pod's account that is good for a while yet; the same one until it is time for another.</summary>
    /// <param name="pod">The pod, to which the token is bound.</param>
    /// <param name="audience">For whom it is; null: the API server.</param>
    /// <param name="seconds">The life that is asked for; null: an hour.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<string> TokenAsync(V1Pod pod, string? audience, long? seconds, CancellationToken cancellationToken);

    /// <summary>Forgets the tokens of a pod that is gone.</summary>
    void Forget(string podUid);
}

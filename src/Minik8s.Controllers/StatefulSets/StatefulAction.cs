namespace Minik8s.Controllers.StatefulSets;

/// <summary>What a pass over a StatefulSet does to one ordinal.</summary>
internal enum StatefulAction
{
    /// <summary>Make the pod, and its claims before it.</summary>
    Create,

    /// <summary>Delete the pod: it is too many, or of an old template.</summary>
    Delete,

    /// <summary>Delete the pod so that it can be made anew: it has ended.</summary>
    Recreate,

    /// <summary>Give the pod back the labels that were taken from it.</summary>
    Restore,

    /// <summary>Make the claims of a pod that waits for them.</summary>
    Claim,
}

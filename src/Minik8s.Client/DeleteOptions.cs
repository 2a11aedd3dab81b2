namespace Minik8s.Client;

/// <summary>How an object is deleted.</summary>
public sealed record DeleteOptions
{
    /// <summary>Seconds until the object is gone at the latest; 0: at once; null: the kind's default.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Delete only the object of this uid.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only the object of this version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>; null: the kind's default.</summary>
    public string? PropagationPolicy { get; init; }
}

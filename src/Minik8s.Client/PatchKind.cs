namespace Minik8s.Client;

/// <summary>The language of a patch.</summary>
public enum PatchKind
{
    /// <summary>A list of operations, RFC 6902.</summary>
    Json,

    /// <summary>A partial object, RFC 7386: null removes, lists are replaced.</summary>
    Merge,

    /// <summary>A partial object whose lists merge by the keys of the schema.</summary>
    StrategicMerge,
}

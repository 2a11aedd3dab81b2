namespace Minik8s.Proxy.Rules;

/// <summary>What a table holds, beside its fixed parts.</summary>
internal enum TableItemKind
{
    /// <summary>A map, made and removed with those who need it.</summary>
    Map,

    /// <summary>A set that packets fill (the clients of an endpoint); its elements are not ours to write.</summary>
    DynamicSet,

    /// <summary>A chain with all of its rules.</summary>
    Chain,

    /// <summary>An element of a map or set.</summary>
    Element,
}

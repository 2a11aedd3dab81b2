namespace Minik8s.Store.Embedded;

/// <summary>What a snapshot holds.</summary>
/// <param name="Revision">The store's revision when it was taken.</param>
/// <param name="Keys">The number of keys.</param>
/// <param name="Bytes">The size of the file.</param>
public sealed record SnapshotInfo(long Revision, long Keys, long Bytes);

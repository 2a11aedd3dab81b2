using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>What one list request answers.</summary>
/// <param name="Items">Stored objects, in key order.</param>
/// <param name="Revision">The revision that they show.</param>
/// <param name="Continue">The token for the next page; null on the last.</param>
/// <param name="Remaining">How many follow, where that is known.</param>
internal sealed record ListPage(List<CachedObject> Items, long Revision, string? Continue, long? Remaining)
{
    /// <summary>The bytes of the objects together.</summary>
    public long Size => Items.Sum(i => (long)i.Json.Length);
}

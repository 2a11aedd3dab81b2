namespace Minik8s.Controllers.GarbageCollection;

/// <summary>A reference names a kind that the server does not serve: not yet, or not any more.</summary>
internal sealed class UnknownOwnerKindException(string apiVersion, string kind) : Exception($"there is no kind {kind} in {apiVersion}");

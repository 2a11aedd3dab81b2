namespace Minik8s.Api.Decoding;

/// <summary>A body that is not JSON, or not of the type that its schema demands. The message is in the words of Kubernetes' decoder.</summary>
public sealed class DecodeException(string message, bool isSyntax = false) : Exception(message)
{
    /// <summary>Whether the text is not JSON at all.</summary>
    public bool IsSyntax { get; } = isSyntax;
}

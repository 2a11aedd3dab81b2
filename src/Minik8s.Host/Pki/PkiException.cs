namespace Minik8s.Host.Pki;

/// <summary>A key or certificate on disk cannot be used. The message names the file and says what to do.</summary>
public sealed class PkiException(string message, Exception? inner = null) : Exception(message, inner);

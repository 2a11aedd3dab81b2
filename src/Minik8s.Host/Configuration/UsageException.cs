namespace Minik8s.Host.Configuration;

/// <summary>The user asked for something that cannot be; the message says what to do instead. Printed without a stack trace.</summary>
internal sealed class UsageException(string message) : Exception(message);

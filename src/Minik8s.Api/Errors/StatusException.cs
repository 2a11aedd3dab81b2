namespace Minik8s.Api.Errors;

/// <summary>A failure that a client can act upon; the API server answers it as a <c>Status</c> object (meta/v1).</summary>
public sealed class StatusException(int code, string reason, string message, StatusDetails? details = null) : Exception(message)
{
    /// <summary>The HTTP status code.</summary>
    public int Code { get; } = code;

    /// <summary>One of <see cref="StatusReason"/>.</summary>
    public string Reason { get; } = reason;

    public StatusDetails? Details { get; } = details;

    /// <summary>With which a list whose own token has expired can go on (<c>metadata.continue</c>).</summary>
    public string? Continue { get; init; }
}

/// <summary>What a <c>Status</c> is about.</summary>
public sealed record StatusDetails(
    string? Name = null,
    string? Group = null,
    string? Kind = null,
    string? Uid = null,
    IReadOnlyList<StatusCause>? Causes = null,
    int RetryAfterSeconds = 0);

/// <summary>One cause of a failure: a machine-readable type, a message for people, and the field it is about.</summary>
public sealed record StatusCause(string Type, string Message, string? Field = null);

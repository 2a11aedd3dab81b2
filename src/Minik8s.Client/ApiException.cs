using System.Text.Json;
using k8s.Models;
using Minik8s.Client.Json;

namespace Minik8s.Client;

/// <summary>The API server refused a request. The message is the server's own.</summary>
public sealed class ApiException : Exception
{
    public ApiException(int code, string reason, string message, V1Status? status = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        Status = status;
    }

    /// <summary>The HTTP status code, or the code of the <c>Status</c> in a watch's ERROR event.</summary>
    public int Code { get; }

    /// <summary>The machine-readable reason, for example <c>NotFound</c>; empty when the server gave none.</summary>
    public string Reason { get; }

    /// <summary>The whole answer when it was a <c>Status</c>.</summary>
    public V1Status? Status { get; }

    /// <summary>How long the server asks to wait before another try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>There is no such object (or no such resource).</summary>
    public bool IsNotFound => Code == 404;

    /// <summary>The object changed since it was read: read it again and repeat.</summary>
    public bool IsConflict => Code == 409 && Reason != "AlreadyExists";

    /// <summary>An object of this name exists.</summary>
    public bool IsAlreadyExists => Code == 409 && Reason == "AlreadyExists";

    /// <summary>The asked resource version (or continue token) is no longer kept: list again.</summary>
    public bool IsGone => Code == 410 || Reason is "Expired" or "Gone";

    /// <summary>The object fails validation: repeating cannot help.</summary>
    public bool IsInvalid => Code == 422;

    internal static ApiException FromStatus(V1Status status, int code, TimeSpan? retryAfter = null) =>
        new(status.Code is > 0 and { } own ? own : code, status.Reason ?? "", status.Message ?? $"the server answered {code}", status)
        {
            RetryAfter = retryAfter ?? (status.Details?.RetryAfterSeconds is > 0 and { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        };

    internal static ApiException FromBody(int code, ReadOnlySpan<byte> body, TimeSpan? retryAfter = null)
    {
        try
        {
            if (body.Length > 0 && body[0] == (byte)'{' && ModelJson.Read<V1Status>(body) is { Kind: "Status" } status)
                return FromStatus(status, code, retryAfter);
        }
        catch (JsonException)
        {
            // Not a Status after all (a proxy's page): the text itself is the best message there is.
        }
        var text = System.Text.Encoding.UTF8.GetString(body.Length > 1024 ? body[..1024] : body).Trim();
        return new ApiException(code, "", text.Length == 0 ? $"the server answered {code}" : $"the server answered {code}: {text}") { RetryAfter = retryAfter };
    }
}

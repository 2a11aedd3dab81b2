using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Patch;

/// <summary>The failures of patches.</summary>
internal static class PatchErrors
{
    /// <summary>The patch is well formed and cannot be applied: 422. Kubernetes says no more than the message; the cause says what is wrong.</summary>
    public static StatusException Rejected(string why) =>
        new(422, StatusReason.Invalid, "the server rejected our request due to an error in our request", new StatusDetails(Causes: [new StatusCause("UnexpectedServerResponse", why)]));
}

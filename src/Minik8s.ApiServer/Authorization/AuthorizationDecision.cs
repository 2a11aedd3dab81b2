namespace Minik8s.ApiServer.Authorization;

/// <summary>What an authorizer says.</summary>
/// <param name="Allowed">Whether it allows; otherwise it has no opinion, and the next is asked.</param>
/// <param name="Reason">Why, for people; may be empty.</param>
public readonly record struct AuthorizationDecision(bool Allowed, string Reason)
{
    public static AuthorizationDecision NoOpinion { get; } = new(false, "");

    public static AuthorizationDecision Allow(string reason) => new(true, reason);

    public static AuthorizationDecision Deny(string reason) => new(false, reason);
}

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Finds out whose a bearer token is.</summary>
internal interface ITokenAuthenticator
{
    /// <summary>Looks at a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audiences">For whom it must be meant, one of them at least.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when the token is not of this authenticator's kind.</returns>
    ValueTask<TokenVerdict?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken);
}

/// <summary>What an authenticator says of a token.</summary>
/// <param name="User">Whose it is; null when it is not valid.</param>
/// <param name="Audiences">Those of the wanted audiences that it is meant for.</param>
/// <param name="Error">Why it is not valid.</param>
internal sealed record TokenVerdict(UserInfo? User, IReadOnlyList<string> Audiences, string Error)
{
    public static TokenVerdict Invalid(string error) => new(null, [], error);
}

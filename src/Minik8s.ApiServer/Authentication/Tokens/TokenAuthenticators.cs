namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Asks several authenticators in their order.</summary>
internal sealed class TokenAuthenticators(params IReadOnlyList<ITokenAuthenticator> authenticators) : ITokenAuthenticator
{
    /// <returns>Never null: a token of no known kind is not valid.</returns>
    public async ValueTask<TokenVerdict?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        foreach (var authenticator in authenticators)
        {
            var verdict = await authenticator.AuthenticateAsync(token, audiences, cancellationToken);
            if (verdict?.User is { } user) return verdict with { User = Complete(user) };
            if (verdict is not null) errors.Add(verdict.Error);
        }

        return TokenVerdict.Invalid(errors.Count == 0 ? "invalid bearer token" : $"[invalid bearer token, {string.Join(", ", errors)}]");
    }

    private static UserInfo Complete(UserInfo user) =>
        user.Groups.Contains(UserInfo.AllAuthenticated) ? user : user with { Groups = [.. user.Groups, UserInfo.AllAuthenticated] };
}

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Answers <c>serviceaccounts/token</c>: makes a token for an account, bound to a pod, secret or node if asked (TokenRequest).</summary>
internal sealed class TokenRequests(TokenOptions options, TokenSignatures signatures, RegistryCatalog catalog, NodeTokens nodes, TimeProvider time)
{
    public static readonly GroupVersionKind Kind = new("authentication.k8s.io", "v1", "TokenRequest");

    private const long Shortest = 10 * 60;
    private const long Longest = 1L << 32;
    private const long Default = 60 * 60;

    // What kubelets ask for: client libraries of old do not read their token again, so such tokens live on for a year, and warn after an hour.
    private const long OfPods = 60 * 60 + 7;
    private const long Extended = 365 * 24 * 60 * 60;

    public async Task CreateAsync(HttpContext context, ResourceRegistry accounts, string ns, string name)
    {
        var request = await VirtualObject.ReadAsync(context, Kind);
        var spec = request.Ensure("spec");
        var seconds = spec.Number("expirationSeconds") ?? Default;
        Validate(seconds, name);
        await nodes.CheckAsync(context.GetUser(), ns, name, spec, context.RequestAborted);
        var account = await accounts.GetAsync(ns, name, context.RequestAborted);
        var claims = await BindAsync(spec.Map("boundObjectRef"), Base(account, spec), context.RequestAborted);
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var extend = claims.Pod is not null && seconds == OfPods && claims.Audiences.All(options.Audiences.Contains);
        claims = claims with { IssuedAt = now, NotBefore = now, Expires = now + (extend ? Extended : seconds), WarnAfter = extend ? now + seconds : null };
        spec["audiences"] = new JsonArray([.. claims.Audiences.Select(a => (JsonNode)a)]);
        spec["expirationSeconds"] = seconds;
        var metadata = request.Ensure("metadata");
        metadata["name"] = name;
        metadata["namespace"] = ns;
        metadata["creationTimestamp"] = ResourceRegistry.Timestamp(time.GetUtcNow());
        request["status"] = new JsonObject
        {
            ["token"] = signatures.Sign(claims.ToJson()),
            ["expirationTimestamp"] = ResourceRegistry.Timestamp(DateTimeOffset.FromUnixTimeSeconds(now + seconds)),
        };
        await VirtualObject.RespondAsync(context, Kind, request);
    }

    private static void Validate(long seconds, string name)
    {
        var errors = new List<FieldError>();
        if (seconds < Shortest) errors.Add(new(FieldErrorType.Invalid, "spec.expirationSeconds", $"{seconds}", "may not specify a duration less than 10 minutes"));
        if (seconds > Longest) errors.Add(new(FieldErrorType.Invalid, "spec.expirationSeconds", $"{seconds}", "may not specify a duration larger than 2^32 seconds"));
        if (errors.Count > 0) throw StatusErrors.Invalid(Kind, name, errors);
    }

    private TokenClaims Base(CachedObject account, JsonObject spec)
    {
        var audiences = (spec["audiences"] as JsonArray ?? []).Select(a => a.Text() ?? "").ToArray();
        return new()
        {
            Issuer = options.Issuer,
            Subject = ServiceAccountName.Of(account.Namespace, account.Name),
            Audiences = audiences.Length == 0 ? [options.Audiences[0]] : audiences,
            Id = Guid.NewGuid().ToString(),
            Namespace = account.Namespace,
            Account = new(account.Name, ObjectIdentity.Read(account).Uid),
        };
    }

    private async Task<TokenClaims> BindAsync(JsonObject? reference, TokenClaims claims, CancellationToken cancellationToken)
    {
        if (reference is null) return claims;
        var (apiVersion, kind, name) = (reference.Text("apiVersion") ?? "", reference.Text("kind") ?? "", reference.Text("name") ?? "");
        switch (apiVersion, kind)
        {
            case ("v1", "Pod"):
                var pod = await FindAsync("pods", claims.Namespace, name, cancellationToken);
                var (account, node) = PodFields(pod);
                if (account != claims.Account.Name)
                {
                    throw StatusErrors.BadRequest($"cannot bind token for serviceaccount \"{claims.Account.Name}\" to pod running with different serviceaccount name.");
                }

                return claims with { Pod = Claim(pod, reference, kind), Node = node.Length == 0 ? null : NodeOf(node) };
            case ("v1", "Secret"):
                return claims with { Secret = Claim(await FindAsync("secrets", claims.Namespace, name, cancellationToken), reference, kind) };
            case ("v1", "Node"):
                return claims with { Node = Claim(await FindAsync("nodes", "", name, cancellationToken), reference, kind) };
            default:
                throw StatusErrors.BadRequest($"cannot bind token to object of type {apiVersion}, Kind={kind}");
        }
    }

    private async ValueTask<CachedObject> FindAsync(string plural, string ns, string name, CancellationToken cancellationToken) =>
        await catalog.Get(new("", plural)).GetAsync(ns, name, cancellationToken);

    /// <summary>The node that a pod runs on; its uid only where the node is there.</summary>
    private ObjectClaim NodeOf(string name)
    {
        var nodes = catalog.Get(new("", "nodes"));
        return new(name, nodes.Cache.Find(nodes.KeyOf("", name)) is { } node ? ObjectIdentity.Read(node).Uid : "");
    }

    private static ObjectClaim Claim(CachedObject found, JsonObject reference, string kind)
    {
        var uid = ObjectIdentity.Read(found).Uid;
        if (reference.Text("uid") is { Length: > 0 } wanted && wanted != uid)
        {
            throw StatusErrors.Conflict(
                new("", kind), found.Name, $"the UID in the bound object reference ({wanted}) does not match the UID in record. The object might have been deleted and then recreated");
        }

        return new(found.Name, uid);
    }

    private static (string Account, string Node) PodFields(CachedObject pod)
    {
        using var document = ObjectJson.Document(pod.Json);
        var spec = document.RootElement.GetProperty("spec");
        string Text(string field) => spec.TryGetProperty(field, out var value) ? value.GetString() ?? "" : "";
        return (Text("serviceAccountName"), Text("nodeName"));
    }
}

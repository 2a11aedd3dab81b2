using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Authorization.Node;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Admission;

/// <summary>
/// A node is given tokens only for the pods that run on it, bound to them, and only for an audience that a volume of the pod names: itself, or through
/// the CSI driver behind it. For others it needs a right (Kubernetes' NodeRestriction with ServiceAccountNodeAudienceRestriction).
/// </summary>
internal sealed class NodeTokens(RegistryCatalog catalog, IAuthorizer authorizer)
{
    private const string Verb = "request-serviceaccounts-token-audience";

    private static readonly GroupResource Accounts = new("", "serviceaccounts");

    /// <summary>Looks at a request for a token of an account.</summary>
    /// <param name="user">Who asks; only nodes are looked at.</param>
    /// <param name="ns">The account's namespace.</param>
    /// <param name="account">The account.</param>
    /// <param name="spec">The spec of the TokenRequest.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="StatusException">403; 404 when the pod is not there.</exception>
    public async ValueTask CheckAsync(UserInfo user, string ns, string account, JsonObject spec, CancellationToken cancellationToken)
    {
        if (!NodeName.TryRead(user, out var node)) return;
        if (node.Length == 0) throw Refused($"could not determine node from user {GoText.Quote(user.Name)}");
        var reference = spec.Map("boundObjectRef");
        if (reference.Text("apiVersion") != "v1" || reference.Text("kind") != "Pod" || reference.Text("name") is not { Length: > 0 } name) throw Refused("node requested token not bound to a pod");
        if (reference.Text("uid") is not { Length: > 0 } uid) throw Refused("node requested token with a pod binding without a uid");
        var pod = ObjectBytes.Parse((await catalog.Get(new("", "pods")).GetAsync(ns, name, cancellationToken)).Json);
        if (pod.Map("metadata").Text("uid") != uid)
        {
            throw Refused($"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }

        if (pod.Map("spec").Text("nodeName") != node) throw Refused("node requested token bound to a pod scheduled on a different node");
        var audiences = (spec["audiences"] as JsonArray ?? []).Select(a => a.Text() ?? "").ToArray();
        if (audiences.Length > 1) throw Refused("node may only request 0 or 1 audiences");
        var audience = audiences.FirstOrDefault("");
        if (!Names(pod, ns, name, audience) && !MayAsk(user, ns, account, audience))
        {
            throw Refused($"audience {GoText.Quote(audience)} not found in pod spec volume, {user.Name} is not authorized to request tokens for this audience");
        }

        StatusException Refused(string why) => StatusErrors.Forbidden(Accounts, account, why);
    }

    private bool MayAsk(UserInfo user, string ns, string account, string audience) => authorizer.Authorize(user, new RequestInfo
    {
        IsResource = true,
        Path = "",
        Verb = Verb,
        Version = "v1",
        Namespace = ns,
        Resource = audience,
        Name = account,
    }).Allowed;

    private bool Names(JsonObject pod, string ns, string name, string audience)
    {
        foreach (var volume in pod.Map("spec").Items("volumes"))
        {
            if (volume.Map("projected").Items("sources").Any(s => s.Map("serviceAccountToken") is { } token && (token.Text("audience") ?? "") == audience)) return true;
            if (Driver(volume, ns, name) is { } driver && Find(new("storage.k8s.io", "csidrivers"), "", driver).Map("spec").Items("tokenRequests").Any(t => (t.Text("audience") ?? "") == audience)) return true;
        }

        return false;
    }

    /// <summary>The CSI driver of a volume: named by it, or by the persistent volume of its claim.</summary>
    private string? Driver(JsonObject volume, string ns, string pod)
    {
        if (volume.Map("csi") is { } inline) return inline.Text("driver");
        var claim = volume.Map("ephemeral") is null ? volume.Map("persistentVolumeClaim").Text("claimName") : $"{pod}-{volume.Text("name")}";
        if (claim is null || Find(new("", "persistentvolumeclaims"), ns, claim).Map("spec").Text("volumeName") is not { Length: > 0 } bound) return null;
        return Find(new("", "persistentvolumes"), "", bound).Map("spec").Map("csi").Text("driver");
    }

    private JsonObject? Find(GroupResource resource, string ns, string name)
    {
        var registry = catalog.Get(resource);
        return registry.Cache.Find(registry.KeyOf(ns, name)) is { } found ? ObjectBytes.Parse(found.Json) : null;
    }
}

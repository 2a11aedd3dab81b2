using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Admission;

/// <summary>
/// Gives every new pod its ServiceAccount: the namespace's default one when it names none, a volume with a token, the cluster's authority and the
/// namespace in each container, and the account's pull secrets (Kubernetes' ServiceAccount admission).
/// </summary>
internal sealed class ServiceAccountAdmission(Func<ResourceRegistry> accounts) : IAdmission
{
    private const string Default = "default";
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string VolumePrefix = "kube-api-access-";
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    // The token's life that marks it as one of these; the server makes it live on where clients of old need it.
    private const int TokenSeconds = (60 * 60) + 7;

    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation != AdmissionOperation.Create || request.Resource.Kind is not { Group: "", Kind: "Pod" } || request.Object.Map("spec") is not { } spec) return;
        if (request.Object.Map("metadata").Map("annotations").Text(MirrorAnnotation) is not null)
        {
            // A mirror pod shows what a node runs by itself: there is no account behind it.
            if (!string.IsNullOrEmpty(spec.Text("serviceAccountName"))) throw Refused(request, "a mirror pod may not reference service accounts");
            return;
        }

        var name = spec.Text("serviceAccountName") is { Length: > 0 } given ? given : Default;
        spec["serviceAccountName"] = name;
        spec["serviceAccount"] = name;
        var account = await FindAsync(request, name, cancellationToken);
        if (spec["automountServiceAccountToken"].Flag() ?? account["automountServiceAccountToken"].Flag() ?? true) Mount(spec);
        if (spec["imagePullSecrets"] is not JsonArray { Count: > 0 } && account["imagePullSecrets"] is JsonArray { Count: > 0 } pull) spec["imagePullSecrets"] = pull.DeepClone();
    }

    private async ValueTask<JsonObject> FindAsync(AdmissionRequest request, string name, CancellationToken cancellationToken)
    {
        var registry = accounts();
        var key = registry.KeyOf(request.Namespace, name);
        if (registry.Cache.Find(key) is { } quick) return ObjectBytes.Parse(quick.Json);
        await registry.Cache.WaitForStoreAsync(cancellationToken);
        if (registry.Cache.Find(key) is { } found) return ObjectBytes.Parse(found.Json);
        if (name != Default) throw Refused(request, $"error looking up service account {request.Namespace}/{name}: serviceaccount \"{name}\" not found");
        // A namespace's first pod may be quicker than the controller that makes the account.
        if (!request.DryRun) await CreateDefaultAsync(registry, request.Namespace, cancellationToken);
        return [];
    }

    private static async Task CreateDefaultAsync(ResourceRegistry registry, string ns, CancellationToken cancellationToken)
    {
        try
        {
            var account = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = new JsonObject { ["name"] = Default, ["namespace"] = ns } };
            await registry.CreateAsync(ns, account, new WriteOptions { Warn = _ => { } }, cancellationToken);
        }
        catch (StatusException e) when (e.Reason == StatusReason.AlreadyExists)
        {
            // The controller has come round to it.
        }
    }

    private static void Mount(JsonObject spec)
    {
        var containers = spec.Items("initContainers").Concat(spec.Items("containers")).Where(c => c.Items("volumeMounts").All(m => m.Text("mountPath") != MountPath)).ToList();
        if (containers.Count == 0) return;
        var volume = spec.Items("volumes").Select(v => v.Text("name")).FirstOrDefault(n => n?.StartsWith(VolumePrefix, StringComparison.Ordinal) == true);
        if (volume is null)
        {
            volume = NameGenerator.Generate(VolumePrefix);
            List(spec, "volumes").Add((JsonNode)Volume(volume));
        }

        foreach (var container in containers)
        {
            List(container, "volumeMounts").Add((JsonNode)new JsonObject { ["name"] = volume, ["readOnly"] = true, ["mountPath"] = MountPath });
        }
    }

    private static JsonObject Volume(string name) => new()
    {
        ["name"] = name,
        ["projected"] = new JsonObject
        {
            ["sources"] = new JsonArray(
                new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = TokenSeconds, ["path"] = "token" } },
                new JsonObject
                {
                    ["configMap"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }) },
                },
                new JsonObject
                {
                    ["downwardAPI"] = new JsonObject
                    {
                        ["items"] = new JsonArray(new JsonObject { ["path"] = "namespace", ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" } }),
                    },
                }),
            ["defaultMode"] = 420,
        },
    };

    private static JsonArray List(JsonObject obj, string field)
    {
        if (obj[field] is JsonArray list) return list;
        var made = new JsonArray();
        obj[field] = made;
        return made;
    }

    private static StatusException Refused(AdmissionRequest request, string why) => StatusErrors.Forbidden(new GroupResource("", "pods"), request.Object.Map("metadata").Text("name") ?? "", why);
}

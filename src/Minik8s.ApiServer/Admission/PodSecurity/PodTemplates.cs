using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Identity;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>Where the kinds that make pods keep the pod's template.</summary>
internal static class PodTemplates
{
    /// <summary>The template within an object; null for a kind, or an object, that has none.</summary>
    public static JsonObject? Of(GroupVersionKind kind, JsonObject obj) => (kind.Group, kind.Kind) switch
    {
        ("", "PodTemplate") => obj.Map("template"),
        ("", "ReplicationController") or ("apps", "ReplicaSet" or "Deployment" or "StatefulSet" or "DaemonSet") or ("batch", "Job") => obj.Map("spec").Map("template"),
        ("batch", "CronJob") => obj.Map("spec").Map("jobTemplate").Map("spec").Map("template"),
        _ => null,
    };
}

using System.Globalization;
using System.Text.Json;
using k8s.Models;

namespace Minik8s.Scheduler.Bind;

/// <summary>The condition by which a pod says why it has no node.</summary>
internal static class PodScheduledCondition
{
    /// <summary>The strategic merge patch of the pod's status; null when it says so already.</summary>
    public static byte[]? Patch(V1Pod pod, string reason, string message, DateTimeOffset now)
    {
        var present = pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "PodScheduled");
        if (present is { Status: "False" } && present.Reason == reason && present.Message == message) return null;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            writer.WriteString("uid", pod.Metadata.Uid);
            writer.WriteEndObject();
            writer.WriteStartObject("status");
            writer.WriteStartArray("conditions");
            writer.WriteStartObject();
            writer.WriteString("type", "PodScheduled");
            writer.WriteString("status", "False");
            writer.WriteString("reason", reason);
            writer.WriteString("message", message);
            if (pod.Metadata.Generation is { } generation) writer.WriteNumber("observedGeneration", generation);
            writer.WriteNull("lastProbeTime");
            if (present?.Status != "False") writer.WriteString("lastTransitionTime", now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}

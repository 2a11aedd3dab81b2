using System.Globalization;
using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>The row that <c>kubectl get pods</c> shows, with its reading of a pod's state in one word.</summary>
internal static class PodPrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Ready", "The aggregate readiness state of this pod for accepting traffic.", Ready),
        TablePrinter.Text("Status", "The aggregate status of the containers in this pod.", Status),
        (new TableColumn("Restarts", "string", "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted."), Restarts),
        TablePrinter.Age,
        TablePrinter.Text("IP", "IP address allocated to the pod.", p => p.Get("status").Text("podIP").OrNone(), 1),
        TablePrinter.Text("Node", "The node that the pod is scheduled to run on.", p => p.Get("spec").Text("nodeName").OrNone(), 1),
        TablePrinter.Text("Nominated Node", "The node that higher priority pods make room for.", p => p.Get("status").Text("nominatedNodeName").OrNone(), 1),
        TablePrinter.Text("Readiness Gates", "The state of the pod's readiness gates.", Gates, 1));

    private static string Ready(JsonElement pod)
    {
        var total = pod.Get("spec").Items("containers").Count() + pod.Get("spec").Items("initContainers").Count(c => c.Text("restartPolicy") == "Always");
        var restartable = pod.Get("spec").Items("initContainers").Where(c => c.Text("restartPolicy") == "Always").Select(c => c.Text("name")).ToHashSet();
        var ready = pod.Get("status").Items("containerStatuses").Count(c => IsRunningAndReady(c))
            + pod.Get("status").Items("initContainerStatuses").Count(c => restartable.Contains(c.Text("name")) && IsRunningAndReady(c));
        return $"{ready}/{total}";
    }

    private static bool IsRunningAndReady(JsonElement status) => ((JsonElement?)status).Flag("ready") && status.Get("state").Get("running") is not null;

    private static string Status(JsonElement pod)
    {
        var status = pod.Get("status");
        var reason = status.Text("reason") is { Length: > 0 } given ? given : status.Text("phase") ?? "";
        if (status.Items("conditions").Any(c => c.Text("type") == "PodScheduled" && c.Text("reason") == "SchedulingGated")) reason = "SchedulingGated";
        var initializing = Initializing(pod, ref reason);
        if (!initializing) reason = Containers(status, reason);
        if (pod.Get("metadata").Get("deletionTimestamp") is null) return reason;
        if (status.Text("reason") == "NodeLost") return "Unknown";
        return status.Text("phase") is "Succeeded" or "Failed" ? reason : "Terminating";
    }

    private static bool Initializing(JsonElement pod, ref string reason)
    {
        var inits = pod.Get("spec").Items("initContainers").ToList();
        var i = -1;
        foreach (var container in pod.Get("status").Items("initContainerStatuses"))
        {
            i++;
            var state = container.Get("state");
            var restartable = inits.Any(c => c.Text("name") == container.Text("name") && c.Text("restartPolicy") == "Always");
            if (state.Get("terminated") is { } ended)
            {
                if (((JsonElement?)ended).Number("exitCode") == 0) continue;
                reason = "Init:" + (ended.Text("reason") is { Length: > 0 } why ? why : Exit(ended));
                return true;
            }

            if (restartable && ((JsonElement?)container).Flag("started")) continue;
            reason = state.Get("waiting").Text("reason") is { Length: > 0 } waiting and not "PodInitializing" ? "Init:" + waiting : $"Init:{i}/{inits.Count}";
            return true;
        }

        return false;
    }

    private static string Containers(JsonElement? status, string reason)
    {
        var running = false;
        foreach (var container in status.Items("containerStatuses").Reverse())
        {
            var state = container.Get("state");
            if (state.Get("waiting").Text("reason") is { Length: > 0 } waiting) reason = waiting;
            else if (state.Get("terminated") is { } ended) reason = ended.Text("reason") is { Length: > 0 } why ? why : Exit(ended);
            else if (((JsonElement?)container).Flag("ready") && state.Get("running") is not null) running = true;
        }

        if (reason != "Completed" || !running) return reason;
        return status.Items("conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True") ? "Running" : "NotReady";
    }

    private static string Exit(JsonElement? ended) =>
        ended.Number("signal") is not 0 and var signal ? $"Signal:{signal}" : $"ExitCode:{ended.Number("exitCode")}";

    private static object Restarts(JsonElement pod, DateTimeOffset now)
    {
        var count = 0L;
        DateTimeOffset? last = null;
        foreach (var container in pod.Get("status").Items("initContainerStatuses").Concat(pod.Get("status").Items("containerStatuses")))
        {
            count += ((JsonElement?)container).Number("restartCount");
            if (DateTimeOffset.TryParse(container.Get("lastState").Get("terminated").Text("finishedAt"), CultureInfo.InvariantCulture, out var ended) && (last is null || ended > last)) last = ended;
        }

        return count > 0 && last is { } at ? $"{count} ({HumanDuration.Format(now - at)} ago)" : $"{count}";
    }

    private static string Gates(JsonElement pod)
    {
        var gates = pod.Get("spec").Items("readinessGates").ToList();
        if (gates.Count == 0) return "<none>";
        var held = gates.Count(g => pod.Get("status").Items("conditions").Any(c => c.Text("type") == g.Text("conditionType") && c.Text("status") == "True"));
        return $"{held}/{gates.Count}";
    }
}

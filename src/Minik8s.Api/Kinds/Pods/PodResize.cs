using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary><c>pods/resize</c>: the CPU and memory of running containers change, and nothing else.</summary>
internal static class PodResize
{
    /// <summary>Takes from the wanted pod what a resize may change; all else stays as it is.</summary>
    public static void Prepare(JsonObject obj, JsonObject old)
    {
        var wanted = obj.Map("spec");
        var spec = old.Map("spec")!.DeepClone().AsObject();
        foreach (var list in new[] { "containers", "initContainers" })
        {
            // A list of other containers is left as it was sent, so that validation can refuse it.
            if (wanted.Items(list).Count() != spec.Items(list).Count()) continue;
            foreach (var (container, now) in spec.Items(list).Zip(wanted.Items(list)).ToList())
            {
                if (container.Text("name") != now.Text("name")) continue;
                foreach (var field in new[] { "resources", "resizePolicy" })
                {
                    if (now[field] is { } value) container[field] = value.DeepClone();
                    else container.Remove(field);
                }
            }
        }

        obj["spec"] = spec;
        foreach (var field in new[] { "labels", "annotations", "ownerReferences", "finalizers" })
        {
            if (old.Map("metadata")?[field] is { } value) obj.Ensure("metadata")[field] = value.DeepClone();
            else obj.Ensure("metadata").Remove(field);
        }
    }

    public static void Validate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        if (PodValidation.IsMirror(old))
        {
            errors.Forbidden("", "static pods cannot be resized");
            return;
        }

        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        if (before.Map("os").Text("name") == "windows")
        {
            errors.Forbidden("", "windows pods cannot be resized");
            return;
        }

        if (PodQos.ClassOf(spec) != PodQos.ClassOf(before)) errors.Invalid("spec", old.Map("status").Text("qosClass") ?? PodQos.ClassOf(before), "Pod QOS Class may not change as a result of resizing");
        var same = spec.DeepClone().AsObject();
        foreach (var list in new[] { "containers", "initContainers" })
        {
            var former = before.Items(list).ToList();
            var i = 0;
            foreach (var container in same.Items(list).ToList())
            {
                var then = former[i];
                ValidateNotRemoved(spec.Items(list).ElementAt(i), then, $"spec.{list}[{i}].resources", errors);
                i++;
                // A container that runs once and ends has nothing to resize.
                if (list == "initContainers" && then.Text("restartPolicy") != "Always") continue;
                Restore(container, then);
            }
        }

        if (!JsonNode.DeepEquals(same, before)) errors.Forbidden("spec", "only cpu and memory resources are mutable");
    }

    private static void ValidateNotRemoved(JsonObject container, JsonObject former, string path, ICollection<FieldError> errors)
    {
        foreach (var list in new[] { "limits", "requests" })
        {
            foreach (var resource in new[] { "cpu", "memory" })
            {
                var (now, then) = (container.Map("resources").Map(list).Text(resource), former.Map("resources").Map(list).Text(resource));
                if (then is not null && now is null) errors.Forbidden($"{path}.{list}", $"resource {list} cannot be removed");
            }
        }
    }

    /// <summary>Puts the old CPU and memory, and the policy of resizing, back.</summary>
    private static void Restore(JsonObject container, JsonObject former)
    {
        foreach (var list in new[] { "limits", "requests" })
        {
            foreach (var resource in new[] { "cpu", "memory" })
            {
                var then = former.Map("resources").Map(list)?[resource];
                if (then is not null) container.Ensure("resources").Ensure(list)[resource] = then.DeepClone();
                else container.Map("resources").Map(list)?.Remove(resource);
            }

            if (former.Map("resources").Map(list) is null && container.Map("resources").Map(list) is { Count: 0 }) container.Map("resources")!.Remove(list);
        }
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission;

/// <summary>Turns a new pod's priority class into its priority, and sees to it that at most one class is the default (Kubernetes' Priority admission).</summary>
internal sealed class PriorityAdmission(Func<ResourceCache> classes) : IAdmission
{
    private const string DefaultPolicy = "PreemptLowerPriority";

    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == AdmissionOperation.Delete || request.Subresource.Length > 0) return;
        switch (request.Resource.Kind)
        {
            case { Group: "", Kind: "Pod" } when request.Operation == AdmissionOperation.Create:
                await AdmitPodAsync(request, cancellationToken);
                break;
            case { Group: "scheduling.k8s.io", Kind: "PriorityClass" } when request.Object.Flag("globalDefault"):
                CheckOnlyDefault(request);
                break;
        }
    }

    private async ValueTask AdmitPodAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Object.Map("spec") is not { } spec) return;
        var name = spec.Text("priorityClassName") ?? "";
        var found = name.Length == 0 ? Default() : await FindAsync(name, cancellationToken) ?? throw Refused(request, $"no PriorityClass with name {name} was found");
        var (value, policy) = found is null ? (0, DefaultPolicy) : (found.Number("value") ?? 0, found.Text("preemptionPolicy") ?? DefaultPolicy);
        if (found is not null) spec["priorityClassName"] = found.Map("metadata").Text("name");
        if (spec.Number("priority") is { } given && given != value)
        {
            throw Refused(request, $"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name");
        }

        if (spec.Text("preemptionPolicy") is { } wanted && wanted != policy)
        {
            throw Refused(request, $"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name");
        }

        spec["priority"] = value;
        spec["preemptionPolicy"] = policy;
    }

    private async ValueTask<JsonObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var cache = classes();
        if (cache.Find(cache.Prefix + name) is { } quick) return ObjectBytes.Parse(quick.Json);
        // Perhaps it was made a moment ago.
        await cache.WaitForStoreAsync(cancellationToken);
        return cache.Find(cache.Prefix + name) is { } found ? ObjectBytes.Parse(found.Json) : null;
    }

    /// <summary>The class of pods that name none; of several, which only a race can make, the least.</summary>
    private JsonObject? Default() => Defaults().MinBy(c => c.Number("value") ?? 0);

    private void CheckOnlyDefault(AdmissionRequest request)
    {
        var own = request.Object.Map("metadata").Text("name");
        if (Defaults().Select(c => c.Map("metadata").Text("name")).FirstOrDefault(n => n != own) is { } other)
        {
            throw Refused(request, $"PriorityClass {other} is already marked as default. Only one default can exist");
        }
    }

    // There are a handful of classes, so looking at each is no matter.
    private IEnumerable<JsonObject> Defaults()
    {
        var cache = classes();
        return cache.List(new ObjectSelector(cache.Resource, null, null, null)).Items.Select(i => ObjectBytes.Parse(i.Json)).Where(c => c.Flag("globalDefault"));
    }

    private static StatusException Refused(AdmissionRequest request, string why) => StatusErrors.Forbidden(request.Resource.GroupResource, request.Object.Map("metadata").Text("name") ?? "", why);
}

using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Quantities;

namespace Minik8s.ApiServer.Admission;

/// <summary>The bounds of LimitRanges; each check gives what is wrong, in Kubernetes' words.</summary>
internal static class LimitBounds
{
    public static List<string> OfPod(JsonObject spec, IEnumerable<JsonObject> items)
    {
        var errors = new List<string>();
        foreach (var item in items)
        {
            switch (item.Text("type"))
            {
                case "Container":
                    foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers"))) Check(item, "Container", Amounts(container, "requests"), Amounts(container, "limits"), errors);
                    break;
                case "Pod":
                    Check(item, "Pod", OfWholePod(spec, "requests"), OfWholePod(spec, "limits"), errors);
                    break;
            }
        }

        return errors;
    }

    public static List<string> OfClaim(JsonObject spec, IEnumerable<JsonObject> items)
    {
        var errors = new List<string>();
        var requests = Amounts(spec, "requests");
        foreach (var item in items.Where(i => i.Text("type") == "PersistentVolumeClaim"))
        {
            foreach (var (resource, bound) in Amounts(item.Map("min")))
            {
                if (Minimum(resource, bound, "PersistentVolumeClaim", requests, []) is { } error) errors.Add(error);
            }

            foreach (var (resource, bound) in Amounts(item.Map("max")))
            {
                var head = $"maximum {resource} usage per PersistentVolumeClaim is {bound}";
                if (!requests.TryGetValue(resource, out var request)) errors.Add($"{head}.  No request is specified");
                else if (request > bound) errors.Add($"{head}, but request is {request}");
            }
        }

        return errors;
    }

    private static void Check(JsonObject item, string type, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits, List<string> errors)
    {
        foreach (var (resource, bound) in Amounts(item.Map("min"))) Add(Minimum(resource, bound, type, requests, limits));
        foreach (var (resource, bound) in Amounts(item.Map("max"))) Add(Maximum(resource, bound, type, requests, limits));
        foreach (var (resource, bound) in Amounts(item.Map("maxLimitRequestRatio"))) Add(Ratio(resource, bound, type, requests, limits));

        void Add(string? error)
        {
            if (error is not null) errors.Add(error);
        }
    }

    private static string? Minimum(string resource, Quantity bound, string type, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits)
    {
        var head = $"minimum {resource} usage per {type} is {bound}";
        if (!requests.TryGetValue(resource, out var request)) return $"{head}.  No request is specified";
        if (request < bound) return $"{head}, but request is {request}";
        return limits.TryGetValue(resource, out var limit) && limit < bound ? $"{head}, but limit is {limit}" : null;
    }

    private static string? Maximum(string resource, Quantity bound, string type, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits)
    {
        var head = $"maximum {resource} usage per {type} is {bound}";
        if (!limits.TryGetValue(resource, out var limit)) return $"{head}.  No limit is specified";
        if (limit > bound) return $"{head}, but limit is {limit}";
        return requests.TryGetValue(resource, out var request) && request > bound ? $"{head}, but request is {request}" : null;
    }

    private static string? Ratio(string resource, Quantity bound, string type, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits)
    {
        var head = $"{resource} max limit to request ratio per {type} is {bound}";
        if (!requests.TryGetValue(resource, out var request) || request.Value == 0) return $"{head}, but no request is specified or request is 0";
        if (!limits.TryGetValue(resource, out var limit) || limit.Value == 0) return $"{head}, but no limit is specified or limit is 0";
        var ratio = limit.Value / request.Value;
        return ratio > bound.Value ? $"{head}, but provided ratio is {ratio.ToString("0.000000", CultureInfo.InvariantCulture)}" : null;
    }

    /// <summary>What a pod needs: the containers that run together in sum, or the one that runs before them, whichever is more.</summary>
    private static Dictionary<string, Quantity> OfWholePod(JsonObject spec, string field)
    {
        var sum = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (resource, amount) in spec.Items("containers").SelectMany(c => Amounts(c, field))) sum[resource] = sum.TryGetValue(resource, out var before) ? before + amount : amount;
        foreach (var (resource, amount) in spec.Items("initContainers").SelectMany(c => Amounts(c, field)))
        {
            if (!sum.TryGetValue(resource, out var present) || amount > present) sum[resource] = amount;
        }

        return sum;
    }

    private static Dictionary<string, Quantity> Amounts(JsonObject holder, string field) => Amounts(holder.Map("resources").Map(field));

    private static Dictionary<string, Quantity> Amounts(JsonObject? map)
    {
        var amounts = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (resource, value) in map ?? [])
        {
            if (Quantity.TryParse(value.Text() ?? "", out var amount)) amounts[resource] = amount;
        }

        return amounts;
    }
}

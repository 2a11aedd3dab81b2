using System.Net;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Services;

/// <summary>
/// Gives Services their cluster addresses and node ports. What is taken is what the Services themselves say, followed event by event, so that nothing can
/// leak or drift apart, and nothing is counted through; what a write under way has been given is reserved until it shows.
/// </summary>
public sealed class ServiceAddresses : IAdmission
{
    private const int MaxDraws = 64;
    private const string AddressClaim = "addresses";
    private const string PortClaim = "ports";

    private static readonly TimeSpan ReservationLife = TimeSpan.FromSeconds(30);

    private readonly ServiceNetwork _network;
    private readonly Func<ResourceCache> _services;
    private readonly AllocationIndex<IPAddress> _addresses;
    private readonly AllocationIndex<int> _ports;
    private readonly Lock _following = new();
    private readonly SharedClaims? _claims;
    private ResourceCache? _followed;

    /// <param name="range">Where cluster addresses come from.</param>
    /// <param name="services">The Services.</param>
    /// <param name="time">The clock.</param>
    /// <param name="claims">Where several servers give addresses out of one range: what keeps them apart.</param>
    internal ServiceAddresses(IPNetwork range, Func<ResourceCache> services, TimeProvider time, SharedClaims? claims)
    {
        _claims = claims;
        _network = new ServiceNetwork(range);
        _services = services;
        _addresses = new AllocationIndex<IPAddress>(time, ReservationLife);
        _ports = new AllocationIndex<int>(time, ReservationLife);
    }

    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Resource.Kind is not { Group: "", Kind: "Service" } || request.Operation == AdmissionOperation.Delete) return;
        var spec = request.Object.Ensure("spec");
        if (spec.Text("type") == "ExternalName") return;
        if (request.Old is not null && JsonNode.DeepEquals(spec, request.Old["spec"])) return;
        Follow();
        await _services().WaitForStoreAsync(cancellationToken);
        var metadata = request.Object.Map("metadata");
        var owner = $"{request.Namespace}/{metadata.Text("name")}";
        if (_claims is null || request.DryRun)
        {
            Assign(request, spec, owner);
            return;
        }

        // Another server may draw the same at the same time; then this one draws again.
        for (var draw = 0; ; draw++)
        {
            var drawn = spec.DeepClone().AsObject();
            Assign(request, drawn, owner);
            if (await RefusedAsync(request, spec, drawn, owner, cancellationToken) is not { } refused)
            {
                request.Object["spec"] = drawn;
                return;
            }

            if (!refused.Asked && draw < MaxDraws) continue;
            _addresses.Abandon(owner);
            _ports.Abandon(owner);
            throw StatusErrors.Invalid(request.Resource.Kind, metadata.Text("name") ?? "", [refused.Error]);
        }
    }

    /// <summary>Claims what has been assigned and was not the object's before; null when all of it was to be had.</summary>
    private async ValueTask<Refusal?> RefusedAsync(AdmissionRequest request, JsonObject asked, JsonObject assigned, string owner, CancellationToken cancellationToken)
    {
        var uid = request.Object.Map("metadata").Text("uid") ?? "";
        var (before, after) = (Values(request.Old.Map("spec")), Values(assigned));
        var explicitly = Values(asked);
        foreach (var (kind, value) in after.Except(before))
        {
            if (await _claims!.TryAsync(kind, value, owner, uid, cancellationToken)) continue;
            var field = kind == AddressClaim ? "spec.clusterIPs" : "spec.ports";
            return new(explicitly.Contains((kind, value)), new FieldError(FieldErrorType.Invalid, field, $"\"{value}\"", kind == AddressClaim ? $"failed to allocate IP {value}: provided IP is already allocated" : "provided port is already allocated"));
        }

        return null;
    }

    private static HashSet<(string Kind, string Value)> Values(JsonObject? spec)
    {
        var values = new HashSet<(string, string)>();
        if (spec.Text("clusterIP") is { Length: > 0 } address && address != "None") values.Add((AddressClaim, address));
        foreach (var port in spec.Items("ports").Select(p => p.Number("nodePort")).Append(spec.Number("healthCheckNodePort")))
        {
            if (port is > 0) values.Add((PortClaim, port.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        return values;
    }

    private void Assign(AdmissionRequest request, JsonObject spec, string owner)
    {
        var metadata = request.Object.Map("metadata");
        var errors = new List<FieldError>();
        ServiceFamilies.Complete(spec, request.Old.Map("spec"), _network.Family, errors);
        if (errors.Count == 0) AssignAddress(spec, owner, !request.DryRun, errors);
        if (errors.Count == 0)
        {
            bool Take(int port, bool fresh) => _ports.TryReserve(port, owner, fresh, !request.DryRun);
            if (spec.Text("type") is "NodePort" or "LoadBalancer") NodePortAssignment.Assign(spec, Take, errors);
            if (spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local") NodePortAssignment.AssignHealthCheck(spec, Take, errors);
        }

        if (errors.Count > 0) throw StatusErrors.Invalid(request.Resource.Kind, metadata.Text("name") ?? "", errors);
    }

    private void AssignAddress(JsonObject spec, string owner, bool keep, List<FieldError> errors)
    {
        var wanted = spec.Text("clusterIP") ?? "";
        if (wanted == "None") return;
        if (wanted.Length == 0)
        {
            if (_network.Range.Draw(o => _addresses.TryReserve(_network.At(o), owner, fresh: true, keep)) is not { } offset)
            {
                errors.Invalid("spec.clusterIPs", new JsonArray(), "failed to allocate a serviceIP: range is full");
                return;
            }

            wanted = _network.At(offset).ToString();
            spec["clusterIP"] = wanted;
            spec["clusterIPs"] = new JsonArray(wanted);
        }
        else if (Addresses.TryParse(wanted, out var address))
        {
            var why = !_network.Contains(address) ? $"the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {_network}"
                : !_addresses.TryReserve(address, owner, fresh: false, keep) ? "provided IP is already allocated"
                : null;
            if (why is not null) errors.Invalid("spec.clusterIPs", spec["clusterIPs"], $"failed to allocate IP {wanted}: {why}");
        }
    }

    private void Follow()
    {
        var services = _services();
        lock (_following)
        {
            if (ReferenceEquals(_followed, services)) return;
            services.Observe(Observe);
            _followed = services;
        }
    }

    private void Observe(CacheEvent e)
    {
        var owner = $"{e.Current.Namespace}/{e.Current.Name}";
        var addresses = new List<IPAddress>();
        var ports = new HashSet<int>();
        if (e.Type != CacheEventType.Deleted) Read(e.Current.Json, addresses, ports);
        _addresses.Observe(owner, addresses);
        _ports.Observe(owner, ports);
        if (e.Type == CacheEventType.Deleted && _claims is not null) Release(ObjectBytes.Parse(e.Current.Json));
    }

    /// <summary>What a Service that is gone has claimed a moment ago is free for others at once.</summary>
    private void Release(JsonObject service)
    {
        foreach (var (kind, value) in Values(service.Map("spec"))) _ = _claims!.ReleaseAsync(kind, value, service.Map("metadata").Text("uid") ?? "");
    }

    private sealed record Refusal(bool Asked, FieldError Error);

    private static void Read(byte[] json, List<IPAddress> addresses, HashSet<int> ports)
    {
        using var document = ObjectJson.Document(json);
        var spec = document.RootElement.GetProperty("spec");
        if (spec.TryGetProperty("clusterIPs", out var ips))
        {
            foreach (var ip in ips.EnumerateArray())
            {
                if (Addresses.TryParse(ip.GetString() ?? "", out var address)) addresses.Add(address);
            }
        }

        if (spec.TryGetProperty("healthCheckNodePort", out var health)) ports.Add(health.GetInt32());
        if (!spec.TryGetProperty("ports", out var list)) return;
        foreach (var port in list.EnumerateArray())
        {
            if (port.TryGetProperty("nodePort", out var number)) ports.Add(number.GetInt32());
        }
    }
}

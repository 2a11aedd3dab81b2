using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Services;

/// <summary>
/// Gives Services their cluster addresses and node ports. What is taken is read from the Services themselves, so that nothing can leak or drift apart;
/// what has been given a moment ago and is not in the cache yet is remembered for a while.
/// </summary>
public sealed class ServiceAddresses(IPNetwork range, Func<ResourceCache> services, TimeProvider time) : IAdmission
{
    private const int FirstNodePort = 30000;
    private const int NodePorts = 2768;
    private static readonly TimeSpan Reserved = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _reservations = [];

    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Resource.Kind is not { Group: "", Kind: "Service" } || request.Operation == AdmissionOperation.Delete) return;
        var spec = request.Object.Ensure("spec");
        if (spec.Text("type") == "ExternalName")
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
            return;
        }

        await services().WaitForStoreAsync(cancellationToken);
        lock (_gate)
        {
            var taken = Taken(request.Object.Map("metadata").Text("uid"));
            AssignAddress(spec, request, taken);
            if (spec.Text("type") is "NodePort" or "LoadBalancer") AssignNodePorts(spec, taken);
            else foreach (var port in spec.Items("ports")) port.Remove("nodePort");
        }

        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
    }

    private void AssignAddress(JsonObject spec, AdmissionRequest request, HashSet<string> taken)
    {
        var wanted = spec.Text("clusterIP") ?? "";
        if (wanted == "None")
        {
            spec["clusterIPs"] = new JsonArray("None");
            return;
        }

        if (wanted.Length == 0)
        {
            wanted = Free(taken);
        }
        else if (request.Old?.Map("spec").Text("clusterIP") != wanted)
        {
            var name = request.Object.Map("metadata").Text("name") ?? "";
            if (!range.Contains(IPAddress.Parse(wanted))) throw Invalid(request, name, wanted, $"failed to allocate IP {wanted}: the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {range}");
            if (taken.Contains(wanted)) throw Invalid(request, name, wanted, $"failed to allocate IP {wanted}: provided IP is already allocated");
        }

        spec["clusterIP"] = wanted;
        spec["clusterIPs"] = new JsonArray(wanted);
        if (!request.DryRun) _reservations[wanted] = time.GetUtcNow() + Reserved;
    }

    private void AssignNodePorts(JsonObject spec, HashSet<string> taken)
    {
        foreach (var port in spec.Items("ports"))
        {
            if (port.Number("nodePort") is > 0) continue;
            var number = FirstNodePort + RandomNumberGenerator.GetInt32(NodePorts);
            for (var tries = 0; taken.Contains($":{number}") && tries < NodePorts; tries++) number = FirstNodePort + ((number - FirstNodePort + 1) % NodePorts);
            if (!taken.Add($":{number}")) throw StatusErrors.Internal("failed to allocate a nodePort: range is full");
            port["nodePort"] = number;
            _reservations[$":{number}"] = time.GetUtcNow() + Reserved;
        }
    }

    private string Free(HashSet<string> taken)
    {
        var bytes = range.BaseAddress.GetAddressBytes();
        var size = 1 << Math.Min(16, 32 - range.PrefixLength);
        var start = RandomNumberGenerator.GetInt32(size);
        for (var i = 0; i < size; i++)
        {
            // The first address is that of the API server, the lowest sixteen are left for what wants a fixed one; the last is the broadcast address.
            var offset = (start + i) % size;
            if (offset is 0 || offset < Math.Min(16, size / 4) || offset == size - 1) continue;
            var candidate = new IPAddress([bytes[0], bytes[1], (byte)(bytes[2] + (offset >> 8)), (byte)(bytes[3] + (offset & 255))]).ToString();
            if (!taken.Contains(candidate)) return candidate;
        }

        throw StatusErrors.Internal("failed to allocate a serviceIP: range is full");
    }

    private HashSet<string> Taken(string? except)
    {
        var now = time.GetUtcNow();
        foreach (var old in _reservations.Where(r => r.Value < now).Select(r => r.Key).ToList()) _reservations.Remove(old);
        var taken = new HashSet<string>(_reservations.Keys);
        foreach (var service in services().List(new ObjectSelector(services().Resource, null, null, null)).Items)
        {
            using var document = JsonDocument.Parse(service.Json);
            if (document.RootElement.GetProperty("metadata").GetProperty("uid").GetString() == except) continue;
            var spec = document.RootElement.GetProperty("spec");
            if (spec.TryGetProperty("clusterIP", out var ip)) taken.Add(ip.GetString()!);
            if (!spec.TryGetProperty("ports", out var ports)) continue;
            foreach (var port in ports.EnumerateArray())
            {
                if (port.TryGetProperty("nodePort", out var number)) taken.Add($":{number}");
            }
        }

        return taken;
    }

    private static StatusException Invalid(AdmissionRequest request, string name, string value, string why) =>
        StatusErrors.Invalid(request.Resource.Kind, name, [new FieldError(FieldErrorType.Invalid, "spec.clusterIPs", $"[\"{value}\"]", why)]);
}

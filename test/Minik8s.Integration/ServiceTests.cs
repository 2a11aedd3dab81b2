using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Addresses and node ports of Services: each is one Service's, whatever happens at once and whatever becomes of the Service.</summary>
public sealed class ServiceTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Path = "/api/v1/namespaces/default/services";
    private readonly HttpClient _client = shared.Plane.Client();

    [Fact]
    public async Task Services_made_at_once_get_different_addresses_and_node_ports()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Create(Service($"many-{i}", "NodePort"))));
        Assert.Equal(60, made.Select(s => s["spec"]!["clusterIP"]!.GetValue<string>()).Distinct().Count());
        Assert.Equal(60, made.Select(NodePort).Distinct().Count());
        Assert.All(made, s => Assert.InRange(NodePort(s), 30000, 32767));
        Assert.All(made, s => Assert.StartsWith("10.43.", s["spec"]!["clusterIP"]!.GetValue<string>()));
        Assert.All(made, s => Assert.Equal("""["IPv4"] SingleStack""", $"{s["spec"]!["ipFamilies"]!.ToJsonString()} {s["spec"]!["ipFamilyPolicy"]}"));
        foreach (var service in made) await Delete(service["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_node_port_that_is_asked_for_is_given_once_and_again_when_it_is_free()
    {
        await Create(Service("first", "NodePort", 30500));
        Assert.Contains("spec.ports[0].nodePort: Invalid value: 30500: provided port is already allocated", await Refused(Service("second", "NodePort", 30500)));
        Assert.Contains("spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767", await Refused(Service("second", "NodePort", 80)));
        await Patch("first", """{"spec":{"type":"ClusterIP"}}""");
        Assert.Equal(30500, NodePort(await Create(Service("second", "NodePort", 30500))));
        await Delete("second");
        Assert.Equal(30500, NodePort(await Create(Service("third", "NodePort", 30500))));
        await Delete("first");
        await Delete("third");
    }

    [Fact]
    public async Task An_address_that_is_asked_for_is_given_once()
    {
        await Create(Service("fixed", "ClusterIP", ip: "10.43.0.7"));
        Assert.Contains("spec.clusterIPs: Invalid value: [\"10.43.0.7\"]: failed to allocate IP 10.43.0.7: provided IP is already allocated", await Refused(Service("other", "ClusterIP", ip: "10.43.0.7")));
        Assert.Contains("the provided IP (10.44.0.7) is not in the valid range. The range of valid IPs is 10.43.0.0/16", await Refused(Service("other", "ClusterIP", ip: "10.44.0.7")));
        Assert.Contains("failed to allocate IP 10.43.0.1: provided IP is already allocated", await Refused(Service("other", "ClusterIP", ip: "10.43.0.1")));
        await Delete("fixed");
        await Create(Service("other", "ClusterIP", ip: "10.43.0.7"));
        await Delete("other");
    }

    [Fact]
    public async Task A_dry_run_takes_nothing()
    {
        using var dry = await _client.PostAsJsonAsync($"{Path}?dryRun=All", Service("dry", "NodePort", 30501));
        Assert.Equal(HttpStatusCode.Created, dry.StatusCode);
        Assert.Equal(30501, NodePort(await Create(Service("wet", "NodePort", 30501))));
        await Delete("wet");
    }

    [Fact]
    public async Task A_service_goes_outside_and_comes_back()
    {
        var made = await Create(Service("wanderer", "NodePort"));
        var outside = await Patch("wanderer", """{"spec":{"type":"ExternalName","externalName":"example.com"}}""");
        Assert.All(["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"], f => Assert.Null(outside["spec"]![f]));
        Assert.Null(outside["spec"]!["ports"]![0]!["nodePort"]);
        var back = await Patch("wanderer", """{"spec":{"type":"ClusterIP","externalName":null}}""");
        Assert.StartsWith("10.43.", back["spec"]!["clusterIP"]!.GetValue<string>());
        Assert.NotEqual("None", made["spec"]!["clusterIP"]!.GetValue<string>());
        await Delete("wanderer");
    }

    [Fact]
    public async Task An_update_keeps_what_was_assigned()
    {
        var made = await Create(Service("kept", "LoadBalancer"));
        var patched = await Patch("kept", """{"spec":{"externalTrafficPolicy":"Local","ports":[{"port":80},{"name":"b","port":81}]}}""", "application/merge-patch+json", failure: true);
        Assert.Contains("spec.ports[0].name: Required value", patched["message"]!.GetValue<string>());
        patched = await Patch("kept", """{"spec":{"externalTrafficPolicy":"Local"}}""");
        Assert.Equal(NodePort(made), NodePort(patched));
        Assert.InRange(patched["spec"]!["healthCheckNodePort"]!.GetValue<int>(), 30000, 32767);
        var replaced = Service("kept", "LoadBalancer");
        replaced["spec"]!["externalTrafficPolicy"] = "Local";
        using var response = await _client.PutAsJsonAsync($"{Path}/kept", replaced);
        var after = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(patched["spec"]!.ToJsonString(), after["spec"]!.ToJsonString());
        await Delete("kept");
    }

    [Fact]
    public async Task Headless_services_have_no_address_and_one_port_may_serve_two_protocols()
    {
        var headless = await Create(Service("headless", "ClusterIP", ip: "None"));
        Assert.Equal("""["None"] ["IPv4","IPv6"] RequireDualStack""", $"{headless["spec"]!["clusterIPs"]!.ToJsonString()} {headless["spec"]!["ipFamilies"]!.ToJsonString()} {headless["spec"]!["ipFamilyPolicy"]}");
        var dns = Service("dns", "NodePort");
        dns["spec"]!["ports"] = JsonNode.Parse("""[{"name":"t","port":53,"protocol":"TCP"},{"name":"u","port":53,"protocol":"UDP"}]""");
        var made = await Create(dns);
        Assert.Equal(made["spec"]!["ports"]![0]!["nodePort"]!.GetValue<int>(), made["spec"]!["ports"]![1]!["nodePort"]!.GetValue<int>());
        var dual = Service("dual", "ClusterIP");
        dual["spec"]!["selector"] = new JsonObject { ["a"] = "b" };
        dual["spec"]!["ipFamilyPolicy"] = "RequireDualStack";
        Assert.Contains("this cluster is not configured for dual-stack services", await Refused(dual));
        await Delete("headless");
        await Delete("dns");
    }

    [Fact]
    public async Task What_is_taken_stays_taken_after_a_restart()
    {
        await using var plane = await TestControlPlane.StartAsync();
        using (var client = plane.Client()) (await client.PostAsJsonAsync(Path, Service("old", "NodePort", 30502))).EnsureSuccessStatusCode();
        await plane.RestartAsync();
        using (var client = plane.Client())
        {
            using var refused = await client.PostAsJsonAsync(Path, Service("new", "NodePort", 30502));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        }
    }

    private static int NodePort(JsonNode service) => service["spec"]!["ports"]![0]!["nodePort"]!.GetValue<int>();

    private static JsonObject Service(string name, string type, int nodePort = 0, string ip = "")
    {
        var port = new JsonObject { ["port"] = 80 };
        if (nodePort > 0) port["nodePort"] = nodePort;
        var spec = new JsonObject { ["type"] = type, ["ports"] = new JsonArray(port) };
        if (ip.Length > 0) spec["clusterIP"] = ip;
        return new() { ["apiVersion"] = "v1", ["kind"] = "Service", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec };
    }

    private async Task<JsonNode> Create(JsonObject service)
    {
        using var response = await _client.PostAsJsonAsync(Path, service);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<string> Refused(JsonObject service)
    {
        using var response = await _client.PostAsJsonAsync(Path, service);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"]!.GetValue<string>();
    }

    private async Task<JsonNode> Patch(string name, string patch, string type = "application/merge-patch+json", bool failure = false)
    {
        using var content = new StringContent(patch, System.Text.Encoding.UTF8, type);
        using var response = await _client.PatchAsync($"{Path}/{name}", content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode != failure, text);
        return JsonNode.Parse(text)!;
    }

    private async Task Delete(string name)
    {
        using var response = await _client.DeleteAsync($"{Path}/{name}");
        response.EnsureSuccessStatusCode();
    }
}

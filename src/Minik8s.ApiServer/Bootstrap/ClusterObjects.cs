using System.Net;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.Api.Kinds.Scheduling;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Bootstrap;

/// <summary>Makes what every cluster has from the start: its namespaces and priority classes, the network of Services, and the Service <c>kubernetes</c> with this server behind it.</summary>
internal sealed class ClusterObjects(RegistryCatalog catalog, ApiServerOptions options)
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    public async Task EnsureNamespacesAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Namespaces) await EnsureAsync(new GroupResource("", "namespaces"), "", name, Object("v1", "Namespace", name), cancellationToken);
    }

    /// <summary>The priority classes of what a cluster cannot do without.</summary>
    public async Task EnsurePriorityClassesAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, value, description) in SystemPriorityClasses.All)
        {
            var obj = Object("scheduling.k8s.io/v1", "PriorityClass", name);
            obj["value"] = value;
            obj["description"] = description;
            await EnsureAsync(new GroupResource("scheduling.k8s.io", "priorityclasses"), "", name, obj, cancellationToken);
        }
    }

    public async Task EnsureAsync(int port, CancellationToken cancellationToken)
    {
        var service = Object("v1", "Service", "kubernetes");
        service.Ensure("metadata")["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" };
        service["spec"] = new JsonObject
        {
            ["type"] = "ClusterIP",
            ["clusterIP"] = FirstAddress(options.ServiceCidr).ToString(),
            ["sessionAffinity"] = "None",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["protocol"] = "TCP", ["port"] = 443, ["targetPort"] = port }),
        };
        await EnsureAsync(new GroupResource("", "services"), "default", "kubernetes", service, cancellationToken);

        await EnsureServiceNetworkAsync(cancellationToken);

        // A loopback address leads everybody to themselves, so it is no endpoint.
        if (!options.SharesStore && !IPAddress.IsLoopback(options.AdvertiseAddress)) await PublishAsync([options.AdvertiseAddress.ToString()], port, cancellationToken);
    }

    /// <summary>Makes these servers the endpoints of the Service <c>kubernetes</c>; nothing is written when they are.</summary>
    public async Task PublishAsync(IReadOnlyList<string> addresses, int port, CancellationToken cancellationToken)
    {
        var endpoints = Object("v1", "Endpoints", "kubernetes");
        endpoints.Ensure("metadata")["labels"] = new JsonObject { ["endpointslice.kubernetes.io/skip-mirror"] = "true" };
        endpoints["subsets"] = new JsonArray(new JsonObject
        {
            ["addresses"] = new JsonArray([.. addresses.Select(a => new JsonObject { ["ip"] = a })]),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" }),
        });
        await ReplaceAsync(new GroupResource("", "endpoints"), "kubernetes", endpoints, cancellationToken);

        var slice = Object("discovery.k8s.io/v1", "EndpointSlice", "kubernetes");
        slice.Ensure("metadata")["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "kubernetes" };
        slice["addressType"] = "IPv4";
        slice["endpoints"] = new JsonArray([.. addresses.Select(a => new JsonObject { ["addresses"] = new JsonArray(a), ["conditions"] = new JsonObject { ["ready"] = true } })]);
        slice["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" });
        await ReplaceAsync(new GroupResource("discovery.k8s.io", "endpointslices"), "kubernetes", slice, cancellationToken);
    }

    /// <summary>The first address of the service network is that of the API server.</summary>
    public static IPAddress FirstAddress(IPNetwork network)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        bytes[^1] |= 1;
        return new IPAddress(bytes);
    }

    private async Task EnsureServiceNetworkAsync(CancellationToken cancellationToken)
    {
        var networks = new GroupResource("networking.k8s.io", "servicecidrs");
        var network = Object("networking.k8s.io/v1", "ServiceCIDR", "kubernetes");
        network["spec"] = new JsonObject { ["cidrs"] = new JsonArray(options.ServiceCidr.ToString()) };
        await EnsureAsync(networks, "", "kubernetes", network, cancellationToken);
        await catalog.Get(networks).UpdateAsync("", "kubernetes", "status", SetReady, Options, cancellationToken);
    }

    private static JsonObject SetReady(JsonObject network)
    {
        if (network.Map("status").Items("conditions").Any(c => c.Text("type") == "Ready")) return network;
        network["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Ready",
                ["status"] = "True",
                ["lastTransitionTime"] = network.Map("metadata").Text("creationTimestamp"),
                ["reason"] = "",
                ["message"] = "Kubernetes default Service CIDR is ready",
            }),
        };
        return network;
    }

    private async Task EnsureAsync(GroupResource resource, string ns, string name, JsonObject obj, CancellationToken cancellationToken)
    {
        var registry = catalog.Get(resource);
        if (registry.Cache.Find(registry.KeyOf(ns, name)) is not null) return;
        try
        {
            await registry.CreateAsync(ns, Complete(obj, registry), Options, cancellationToken);
        }
        catch (StatusException e) when (e.Reason == StatusReason.AlreadyExists)
        {
            // Another server of the cluster was quicker.
        }
    }

    private async Task ReplaceAsync(GroupResource resource, string name, JsonObject obj, CancellationToken cancellationToken)
    {
        await EnsureAsync(resource, "default", name, obj.DeepClone().AsObject(), cancellationToken);
        await catalog.Get(resource).UpdateAsync("default", name, "", _ => Complete(obj.DeepClone().AsObject(), catalog.Get(resource)), Options, cancellationToken);
    }

    private static JsonObject Complete(JsonObject obj, ResourceRegistry registry)
    {
        Minik8s.Api.Decoding.SchemaDefaulter.Apply(obj, registry.Resource.Schema);
        registry.Resource.Strategy.ApplyDefaults(obj);
        return obj;
    }

    private static WriteOptions Options => new() { Warn = _ => { } };

    private static JsonObject Object(string apiVersion, string kind, string name) =>
        new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name } };
}

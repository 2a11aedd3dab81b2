using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;

namespace Minik8s.Proxy.Health;

/// <summary>Tells load balancers, on the health check port of each service that keeps its traffic on the node, whether this node has endpoints.</summary>
internal sealed class ServiceHealthChecks(ProxyHealth health, IEventRecorder? events, ILogger logger) : IAsyncDisposable
{
    private readonly Dictionary<ObjectKey, Check> _checks = [];

    /// <summary>Sets the port of a service (0: none) and the number of its ready endpoints on this node. One caller at a time.</summary>
    public async Task SetAsync(ObjectKey service, int port, int endpoints)
    {
        if (_checks.TryGetValue(service, out var check))
        {
            if (check.Port == port && check.Server is not null)
            {
                check.Endpoints = endpoints;
                return;
            }

            _checks.Remove(service);
            if (check.Server is not null) await check.Server.DisposeAsync();
        }

        if (port == 0) return;
        check = new Check(port) { Endpoints = endpoints };
        _checks[service] = check;
        try
        {
            check.Server = await HealthServer.StartAsync(port, _ => Answer(service, check));
        }
        catch (IOException e)
        {
            // The next change of the service tries again.
            ProxyLog.HealthCheckFailed(logger, service, port, e.Message);
            events?.Record(
                new k8s.Models.V1ObjectReference { ApiVersion = "v1", Kind = "Service", NamespaceProperty = service.Namespace, Name = service.Name },
                EventType.Warning, "FailedToStartServiceHealthcheck", $"failed to start healthcheck \"{service}\" on port {port}: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var check in _checks.Values)
        {
            if (check.Server is not null) await check.Server.DisposeAsync();
        }

        _checks.Clear();
    }

    private (int Status, string Body)? Answer(ObjectKey service, Check check)
    {
        var endpoints = check.Endpoints;
        var healthy = health.IsHealthy;
        return (endpoints > 0 && healthy ? 200 : 503, $$"""
            {
            	"service": {
            		"namespace": "{{service.Namespace}}",
            		"name": "{{service.Name}}"
            	},
            	"localEndpoints": {{endpoints}},
            	"serviceProxyHealthy": {{(healthy ? "true" : "false")}}
            }
            """);
    }

    private sealed class Check(int port)
    {
        private volatile int _endpoints;

        public int Port => port;

        public int Endpoints
        {
            get => _endpoints;
            set => _endpoints = value;
        }

        public HealthServer? Server { get; set; }
    }
}

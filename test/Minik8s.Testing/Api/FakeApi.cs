using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using k8s;
using k8s.Models;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Http;
using Minik8s.Client;
using Minik8s.Client.Json;

namespace Minik8s.Testing.Api;

/// <summary>
/// An API server in memory for the tests of loops, without sockets. It behaves as the real one where loops depend on it: versions and conflicts,
/// generated names (counted, so that tests can foresee them), status apart from the rest, generations, defaults, finalizers, grace periods, preconditions,
/// all patches. It lets requests fail on demand.
/// </summary>
public sealed class FakeApi : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly FakeObjects _objects;
    private readonly List<ApiRequest> _requests = [];
    private readonly List<Disturbance> _disturbances = [];
    private readonly FakeWatches _watches;

    public FakeApi(TimeProvider time)
    {
        _watches = new FakeWatches();
        _objects = new FakeObjects(time, _watches.Tell);
        Client = new KubeClient(new ClientConfig { Server = new Uri("http://fake") }, this);
    }

    /// <summary>What is served; tests may take kinds away and bring them back.</summary>
    public List<ResourceDefinition> Served { get; } = [.. BuiltInResources.All];

    /// <summary>A client of this server.</summary>
    public KubeClient Client { get; }

    /// <summary>Every request so far.</summary>
    public IReadOnlyList<ApiRequest> Requests
    {
        get
        {
            lock (_lock) return [.. _requests];
        }
    }

    /// <summary>The requests that change something, those that were refused too.</summary>
    public IReadOnlyList<ApiRequest> Writes => [.. Requests.Where(r => r.IsWrite)];

    /// <summary>Forgets the requests so far.</summary>
    public void ClearRequests()
    {
        lock (_lock) _requests.Clear();
    }

    /// <summary>Puts an object there as it is, with its status; uid, version, creation and defaults are filled in where absent.</summary>
    public T Put<T>(T obj)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        lock (_lock) return Typed<T>(_objects.Put(Definition<T>(), ModelJson.ToNode(obj).AsObject()));
    }

    public T? Find<T>(string name, string ns = "default")
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        lock (_lock) return _objects.Find(Definition<T>(), ns, name) is { } found ? Typed<T>(found) : null;
    }

    public IReadOnlyList<T> All<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        lock (_lock) return [.. _objects.List(new FakeSelection(Definition<T>(), "", null, null)).Select(Typed<T>)];
    }

    /// <summary>Takes an object away at once.</summary>
    public void Remove<T>(string name, string ns = "default")
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        lock (_lock) _objects.Remove(Definition<T>(), ns, name);
    }

    /// <summary>All watches end in good order.</summary>
    public void EndWatches()
    {
        lock (_lock) _watches.End(null);
    }

    /// <summary>The connections of all watches break.</summary>
    public void BreakWatches()
    {
        lock (_lock) _watches.End(new IOException("the connection was broken by the test"));
    }

    /// <summary>Forgets the history: a watch from an earlier version is answered 410.</summary>
    public void Compact()
    {
        lock (_lock) _watches.Compact(_objects.Version);
    }

    /// <summary>The next requests that begin so (<c>create pods</c>) are refused.</summary>
    public void Refuse(string request, int code, string reason, string message = "refused by the test", int times = 1) =>
        Disturb(request, times, before: () => throw new StatusException(code, reason, message));

    /// <summary>The next requests that begin so do not reach the server.</summary>
    public void Unreachable(string request, int times = 1) => Disturb(request, times, before: () => throw new HttpRequestException("the connection was refused by the test"));

    /// <summary>The next request that begins so is carried out, but its answer is lost.</summary>
    public void LoseAnswer(string request) => Disturb(request, 1, after: () => throw new HttpRequestException("the answer was lost by the test"));

    /// <summary>Somebody else acts just before the next request that begins so.</summary>
    public void Before(string request, Action action) => Disturb(request, 1, before: action);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var uri = request.RequestUri!;
        var query = HttpUtility.ParseQueryString(uri.Query);
        var info = RequestInfo.Parse(request.Method.Method, uri.AbsolutePath, name => query[name]);
        lock (_lock)
        {
            if (uri.AbsolutePath is "/api" or "/apis") return Answer(HttpStatusCode.OK, FakeDiscovery.Answer(Served, core: uri.AbsolutePath == "/api").ToJsonString());
            var resource = info.Subresource.Length == 0 ? info.Resource : $"{info.Resource}/{info.Subresource}";
            var definition = Served.FirstOrDefault(d => d.Kind.Group == info.Group && d.Kind.Version == info.Version && d.Plural == info.Resource);
            var ns = definition?.Namespaced == true ? info.Namespace : "";
            var sent = body.Length == 0 ? null : JsonNode.Parse(body);
            var record = new ApiRequest(info.Verb, resource, ns, info.Name, sent);
            var number = _requests.Count;
            _requests.Add(record);
            try
            {
                if (definition is null) throw new StatusException(404, StatusReason.NotFound, "the server could not find the requested resource");
                var disturbance = Take(record);
                disturbance?.Before?.Invoke();
                if (info.Verb == "watch")
                {
                    var selection = new FakeSelection(definition, ns, query["labelSelector"], query["fieldSelector"]);
                    return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(_watches.Begin(selection, long.Parse(query["resourceVersion"]!, CultureInfo.InvariantCulture))) };
                }

                var answer = Serve(definition, info with { Namespace = ns }, new FakeSelection(definition, ns, query["labelSelector"], query["fieldSelector"]), body, sent, request.Content?.Headers.ContentType?.MediaType);
                if (info.Verb == "create" && info.Name.Length == 0) _requests[number] = record with { Name = answer.Map("metadata").Text("name")! };
                disturbance?.After?.Invoke();
                return Answer(HttpStatusCode.OK, answer.ToJsonString());
            }
            catch (StatusException e)
            {
                return Answer((HttpStatusCode)e.Code, Status(e).ToJsonString());
            }
        }
    }

    private JsonObject Serve(ResourceDefinition definition, RequestInfo info, FakeSelection selection, byte[] body, JsonNode? sent, string? mediaType) => info.Verb switch
    {
        "get" => _objects.Get(definition, info.Namespace, info.Name),
        "list" => new JsonObject
        {
            ["kind"] = definition.Kind.Kind + "List",
            ["apiVersion"] = definition.Kind.ApiVersion,
            ["metadata"] = new JsonObject { ["resourceVersion"] = _objects.Version.ToString(CultureInfo.InvariantCulture) },
            ["items"] = new JsonArray([.. _objects.List(selection).Select(o => (JsonNode)o)]),
        },
        "create" when info.Subresource == "binding" => _objects.Bind(definition, info.Namespace, info.Name, sent!.AsObject()),
        "create" => _objects.Create(definition, info.Namespace, sent!.AsObject()),
        "update" => _objects.Update(definition, info.Namespace, info.Name, info.Subresource, _ => sent!.AsObject()),
        "patch" => _objects.Update(definition, info.Namespace, info.Name, info.Subresource, FakeObjects.Patch(definition, body, mediaType)),
        "delete" => _objects.Delete(definition, info.Namespace, info.Name, sent as JsonObject),
        _ => throw new StatusException(405, StatusReason.MethodNotAllowed, $"the fake does not serve {info.Verb}"),
    };

    private void Disturb(string request, int times, Action? before = null, Action? after = null)
    {
        lock (_lock) _disturbances.Add(new(request, times, before, after));
    }

    private Disturbance? Take(ApiRequest request)
    {
        var index = _disturbances.FindIndex(d => d.Request.Length == 0 || (request.ToString() + " ").StartsWith(d.Request + " ", StringComparison.Ordinal));
        if (index < 0) return null;
        var found = _disturbances[index];
        if (found.Times > 1) _disturbances[index] = found with { Times = found.Times - 1 };
        else _disturbances.RemoveAt(index);
        return found;
    }

    private static ResourceDefinition Definition<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var names = ResourceNames.Of<T>();
        return BuiltInResources.All.Single(d => d.Kind.Group == names.Group && d.Kind.Version == names.Version && d.Kind.Kind == names.Kind);
    }

    private static T Typed<T>(JsonObject obj)
        where T : class => ModelJson.Read<T>(Encoding.UTF8.GetBytes(obj.ToJsonString()));

    private static HttpResponseMessage Answer(HttpStatusCode code, string json) => new(code) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static JsonObject Status(StatusException e) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["message"] = e.Message,
        ["reason"] = e.Reason,
        ["code"] = e.Code,
    };

    private sealed record Disturbance(string Request, int Times, Action? Before, Action? After);
}

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Minik8s.Client.Tests;

/// <summary>A small API server in memory on a real loopback port: collections, watches with history, conflicts, and failures on demand.</summary>
internal sealed class FakeApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<(long Revision, string Collection, string Type, JsonObject Object)> _history = [];
    private long _revision = 100;
    private long _compacted;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _watches = new();

    private FakeApi(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Every request: method, path, query.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The thumbprints of the client certificates that came.</summary>
    public ConcurrentQueue<string> ClientThumbprints { get; } = new();

    public ConcurrentQueue<string> Authorizations { get; } = new();

    public ConcurrentQueue<string> Protocols { get; } = new();

    /// <summary>Answers instead of the server when it gives a code.</summary>
    public Func<HttpRequest, int?>? Fault { get; set; }

    public static async Task<FakeApi> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificate is null)
                return;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            });
        }));
        var app = builder.Build();
        var api = new FakeApi(app);
        app.Run(api.HandleAsync);
        await app.StartAsync();
        api.Address = new Uri(app.Urls.First());
        return api;
    }

    public KubeClient Client() => new(new ClientConfig { Server = Address });

    /// <summary>Puts an object in as another client would; the collection is a path such as <c>api/v1/namespaces/default/pods</c>.</summary>
    public JsonObject Put(string collection, JsonObject value)
    {
        lock (_lock)
        {
            var key = $"{collection}/{value["metadata"]!["name"]}";
            return Store(key, value);
        }
    }

    public void Put(string collection, string json) => Put(collection, JsonNode.Parse(json)!.AsObject());

    public void Remove(string collection, string name)
    {
        lock (_lock)
            RemoveLocked($"{collection}/{name}");
    }

    public JsonObject? Get(string collection, string name)
    {
        lock (_lock)
            return _objects.GetValueOrDefault($"{collection}/{name}")?.DeepClone().AsObject();
    }

    public List<JsonObject> List(string collection)
    {
        lock (_lock)
            return [.. _objects.Where(pair => In(pair.Key, collection)).Select(pair => pair.Value.DeepClone().AsObject())];
    }

    /// <summary>Forgets the history: a watch from an earlier version is answered with 410.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _history.Clear();
            _compacted = _revision;
        }
    }

    /// <summary>Ends all open watches.</summary>
    public void EndWatches()
    {
        var old = Interlocked.Exchange(ref _watches, new CancellationTokenSource());
        old.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        EndWatches();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static bool IsCollection(string[] parts)
    {
        var root = parts[0] == "api" ? 2 : 3;
        return parts.Length == root + 1 || (parts.Length == root + 3 && parts[root] == "namespaces");
    }

    // A collection of all namespaces holds those of each.
    private static bool In(string key, string collection)
    {
        var folder = key[..key.LastIndexOf('/')];
        if (folder == collection)
            return true;
        var cut = collection.LastIndexOf('/');
        return folder.StartsWith(collection[..cut] + "/namespaces/", StringComparison.Ordinal) && folder.EndsWith(collection[cut..], StringComparison.Ordinal);
    }

    private JsonObject Store(string key, JsonObject value)
    {
        var known = _objects.GetValueOrDefault(key);
        var metadata = value["metadata"]!.AsObject();
        metadata["resourceVersion"] = (++_revision).ToString();
        metadata["uid"] ??= known?["metadata"]?["uid"]?.DeepClone() ?? $"uid-{_revision}";
        if (key.IndexOf("/namespaces/", StringComparison.Ordinal) is > 0 and var at)
            metadata["namespace"] = key[(at + 12)..].Split('/')[0];
        _objects[key] = value;
        Publish(key, known is null ? "ADDED" : "MODIFIED", value);
        return value;
    }

    private void RemoveLocked(string key)
    {
        if (!_objects.Remove(key, out var value))
            return;
        value["metadata"]!["resourceVersion"] = (++_revision).ToString();
        Publish(key, "DELETED", value);
    }

    private void Publish(string key, string type, JsonObject value)
    {
        _history.Add((_revision, key, type, value.DeepClone().AsObject()));
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        Requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        Protocols.Enqueue(request.Protocol);
        Authorizations.Enqueue(request.Headers.Authorization.ToString());
        if (context.Connection.ClientCertificate is { } client)
            ClientThumbprints.Enqueue(client.Thumbprint);
        if (Fault?.Invoke(request) is { } code)
        {
            await StatusAsync(context, code, "Injected", "a failure on demand");
            return;
        }
        var path = request.Path.Value!.Trim('/');
        var isCollection = IsCollection(path.Split('/'));
        if (request.Query["watch"] == "true")
        {
            await WatchAsync(context, path);
            return;
        }
        JsonObject? body = null;
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0 || request.Method is "POST" or "PUT" or "PATCH")
        {
            using var text = new StreamReader(request.Body);
            var json = await text.ReadToEndAsync();
            body = json.Length > 0 ? JsonNode.Parse(json)!.AsObject() : null;
        }
        var (status, reason, answer) = Answer(request.Method, path, isCollection, body);
        if (answer is null)
            await StatusAsync(context, status, reason, $"{path} {reason}");
        else
            await JsonAsync(context, status, answer);
    }

    private (int Status, string Reason, JsonObject? Answer) Answer(string method, string path, bool isCollection, JsonObject? body)
    {
        lock (_lock)
        {
            if (method == "GET" && isCollection)
            {
                return (200, "", new JsonObject
                {
                    ["kind"] = "List",
                    ["metadata"] = new JsonObject { ["resourceVersion"] = _revision.ToString() },
                    ["items"] = new JsonArray([.. List(path)]),
                });
            }
            if (method == "POST" && isCollection)
            {
                var key = $"{path}/{body!["metadata"]!["name"]}";
                return _objects.ContainsKey(key) ? (409, "AlreadyExists", null) : (201, "", Store(key, body).DeepClone().AsObject());
            }
            var cut = path.LastIndexOf('/');
            var subresource = path[(cut + 1)..] is "status" or "binding" ? path[(cut + 1)..] : null;
            var name = subresource is null ? path : path[..cut];
            if (!_objects.TryGetValue(name, out var known))
                return (404, "NotFound", null);
            var next = known.DeepClone().AsObject();
            switch (method, subresource)
            {
                case ("GET", _):
                    return (200, "", next);
                case ("DELETE", _):
                    RemoveLocked(name);
                    return (200, "", next);
                case ("POST", "binding"):
                    if (next["spec"]!["nodeName"] is not null)
                        return (409, "Conflict", null);
                    next["spec"]!["nodeName"] = body!["target"]!["name"]!.DeepClone();
                    Store(name, next);
                    return (201, "", new JsonObject { ["kind"] = "Status", ["status"] = "Success" });
                case ("PUT", _):
                    if (body!["metadata"]!["resourceVersion"] is { } version && version.GetValue<string>() != known["metadata"]!["resourceVersion"]!.GetValue<string>())
                        return (409, "Conflict", null);
                    if (subresource == "status")
                        next["status"] = body["status"]?.DeepClone();
                    else
                        next = body.DeepClone().AsObject();
                    return (200, "", Store(name, next).DeepClone().AsObject());
                case ("PATCH", _):
                    Merge(next, body!);
                    return (200, "", Store(name, next).DeepClone().AsObject());
                default:
                    return (405, "MethodNotAllowed", null);
            }
        }
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (field, value) in patch)
        {
            if (value is null)
                target.Remove(field);
            else if (value is JsonObject inner && target[field] is JsonObject known)
                Merge(known, inner);
            else
                target[field] = value.DeepClone();
        }
    }

    private async Task WatchAsync(HttpContext context, string path)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Volatile.Read(ref _watches).Token).Token;
        var from = long.Parse(context.Request.Query["resourceVersion"].ToString());
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync();
        try
        {
            while (true)
            {
                List<string> lines;
                Task changed;
                lock (_lock)
                {
                    changed = _changed.Task;
                    lines = from < _compacted
                        ? ["""{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}}"""]
                        : [.. _history.Where(e => e.Revision > from && In(e.Collection, path)).Select(e => $$"""{"type":"{{e.Type}}","object":{{e.Object.ToJsonString()}}}""")];
                    if (from >= _compacted)
                        from = _revision;
                }
                foreach (var line in lines)
                    await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), stop);
                await context.Response.Body.FlushAsync(stop);
                if (lines.Count > 0 && lines[0].Contains("\"ERROR\"", StringComparison.Ordinal))
                    return;
                await changed.WaitAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The client or the test ends the watch.
        }
    }

    private static Task StatusAsync(HttpContext context, int code, string reason, string message) => JsonAsync(context, code, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
    });

    private static async Task JsonAsync(HttpContext context, int code, JsonObject body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}

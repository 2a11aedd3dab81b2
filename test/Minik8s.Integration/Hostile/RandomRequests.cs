using System.Text;

namespace Minik8s.Integration.Hostile;

/// <summary>Requests whose path, query and headers are put together from what means something and what does not.</summary>
internal sealed class RandomRequests(Random random, string server)
{
    private static readonly string[] Parts =
    [
        "api", "apis", "v1", "v2", "namespaces", "default", "pods", "services", "nodes", "configmaps", "apps", "deployments", "coordination.k8s.io", "leases", "watch", "x", "status", "scale", "proxy", "log", "exec",
        "binding", "eviction", "token", "finalize", "openapi", "v3", "v2", "healthz", "version", "metrics", "..", ".", "%2e%2e", "%2f", "%00", "%ff", "é", "kube-system", "events", "events.k8s.io", "", "~", "x:y:z", "selfsubjectaccessreviews",
    ];

    private static readonly string[] Queries =
    [
        "labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "allowWatchBookmarks", "timeoutSeconds", "timeout", "pretty", "dryRun", "fieldManager",
        "fieldValidation", "force", "propagationPolicy", "gracePeriodSeconds", "includeObject", "container", "tailLines", "sinceTime", "command", "ports",
    ];

    private static readonly string[] Values =
    [
        "", "1", "0", "-1", "true", "false", "x", "a=b", "a in (b", "metadata.name=x", "spec.nodeName!=y", "NotOlderThan", "Exact", "99999999999999999999", "All", "Strict", "Orphan", "1s", "-1ns", "%00", "%ff%fe", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
        "2020-01-01T00:00:00Z", "Metadata", "(((((((", "a,b,,c", "!", "%F0%9F%98%80",
    ];

    private static readonly string[] Accepts =
    [
        "application/json", "application/yaml", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "application/vnd.kubernetes.protobuf", "application/json;as=X", "*/*", "text/html", ";;;", "application/json;stream=watch",
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    ];

    private static readonly string[] Methods = ["GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"];

    public HttpRequestMessage Next()
    {
        var known = random.Next(3) > 0;
        var path = new StringBuilder(known ? Pick(["/api/v1/pods", "/api/v1/namespaces/default/pods", "/api/v1/nodes", "/apis/apps/v1/deployments", "/api/v1/namespaces/default/configmaps/x", "/openapi/v3", "/apis", "/api/v1/namespaces/default/services/x"]) : "");
        for (var n = random.Next(known ? 2 : 8); n > 0; n--) path.Append('/').Append(Pick(Parts));
        if (path.Length == 0) path.Append('/');
        var method = Pick(Methods);
        var separator = '?';
        for (var n = random.Next(4); n > 0; n--, separator = '&') path.Append(separator).Append(Pick(Queries)).Append('=').Append(Pick(Values));
        // A watch has to end by itself.
        if (random.Next(4) == 0) path.Append(separator).Append("watch=").Append(Pick(Values)).Append("&timeoutSeconds=1");
        else if (path.ToString().Contains("watch", StringComparison.Ordinal)) path.Append(separator).Append("timeoutSeconds=1");
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server + path));
        request.Headers.TryAddWithoutValidation("Accept", Pick(Accepts));
        if (random.Next(6) == 0) request.Headers.TryAddWithoutValidation("Authorization", Pick(["Bearer", "Bearer x.y.z", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic eDp5", "Bearer " + new string('a', 4000), "Bearer abcdef.0123456789abcdef"]));
        if (random.Next(8) == 0) request.Headers.TryAddWithoutValidation(Pick(["Impersonate-User", "Impersonate-Group", "Impersonate-Extra-x", "Impersonate-Uid"]), Pick(Values));
        if (random.Next(10) == 0) request.Headers.TryAddWithoutValidation("Accept-Encoding", Pick(["gzip", "br", "identity;q=0", "gzip;q=x"]));
        if (method is "POST" or "PUT" or "PATCH" or "DELETE")
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Pick(["", "{}", "[]", "null", "{", "k8s\0", "\u0000", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "a: &a [*a]"])));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", Pick(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/merge-patch+json", "application/json-patch+json", "application/apply-patch+yaml", "text/plain", ";"]));
        }

        return request;
    }

    private string Pick(string[] from) => from[random.Next(from.Length)];
}

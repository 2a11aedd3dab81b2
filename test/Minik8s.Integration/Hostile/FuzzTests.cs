using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Minik8s.Integration.Hostile;

/// <summary>
/// Mutated manifests and patches over real HTTPS: whatever comes, the answer is no 5xx and comes in time, and what was accepted can be read back.
/// <c>MINIK8S_FUZZ_SECONDS</c> lengthens the run, <c>MINIK8S_SEED</c> begins with other requests.
/// </summary>
public sealed class FuzzTests(SharedControlPlane shared, ITestOutputHelper output) : IClassFixture<SharedControlPlane>, IDisposable
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);

    private static readonly (string Path, string Manifest)[] Seeds =
    [
        ("/api/v1/namespaces/default/pods", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"f","labels":{"a":"b"},"annotations":{"c":"d"}},"spec":{"restartPolicy":"Always","nodeSelector":{"x":"y"},
            "initContainers":[{"name":"i","image":"busybox","command":["sh"],"restartPolicy":"Always"}],
            "containers":[{"name":"c","image":"busybox:1","ports":[{"containerPort":80,"name":"http","protocol":"TCP"}],"env":[{"name":"A","value":"1"},{"name":"B","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],
            "resources":{"limits":{"cpu":"1","memory":"64Mi"},"requests":{"cpu":"100m"}},"livenessProbe":{"httpGet":{"path":"/","port":"http"},"periodSeconds":5},"volumeMounts":[{"name":"v","mountPath":"/v"}],"securityContext":{"runAsUser":1,"capabilities":{"drop":["ALL"]}}}],
            "volumes":[{"name":"v","configMap":{"name":"m","items":[{"key":"k","path":"p"}]}},{"name":"e","emptyDir":{"sizeLimit":"1Gi"}}],
            "tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute","tolerationSeconds":3}],
            "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"z","operator":"In","values":["1"]}]}]}}},
            "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"a":"b"}}}]}}
            """),
        ("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"type":"NodePort","selector":{"a":"b"},"sessionAffinity":"ClientIP","ports":[{"name":"http","port":80,"targetPort":"http","nodePort":30080},{"name":"dns","port":53,"protocol":"UDP"}]}}
            """),
        ("/api/v1/namespaces/default/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","finalizers":["example.com/f"]},"data":{"a":"b"},"binaryData":{"c":"AAEC"},"immutable":false}"""),
        ("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"1"}]},"type":"kubernetes.io/basic-auth","stringData":{"username":"u"},"data":{"password":"cA=="}}"""),
        ("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"generateName":"f-"},"spec":{"finalizers":["kubernetes"]}}"""),
        ("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"spec":{"podCIDR":"10.0.0.0/24","taints":[{"key":"a","effect":"NoSchedule"}]},"status":{"capacity":{"cpu":"2"},"conditions":[{"type":"Ready","status":"True"}]}}"""),
        ("/apis/coordination.k8s.io/v1/namespaces/default/leases", """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"h","leaseDurationSeconds":10,"renewTime":"2026-01-01T00:00:00.000000Z"}}"""),
        ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", """{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"e"},"addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true}}],"ports":[{"name":"p","port":80}]}"""),
        ("/apis/apps/v1/namespaces/default/deployments", """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"revisionHistoryLimit":3,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":0}},
            "selector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"c","operator":"NotIn","values":["d"]}]},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"busybox"}]}}}}
            """),
        ("/apis/batch/v1/namespaces/default/cronjobs", """{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c"},"spec":{"schedule":"*/5 * * * *","timeZone":"Etc/UTC","jobTemplate":{"spec":{"completions":2,"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"busybox"}]}}}}}}"""),
        ("/apis/networking.k8s.io/v1/namespaces/default/ingresses", """{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i"},"spec":{"rules":[{"host":"a.example.com","http":{"paths":[{"path":"/x","pathType":"Prefix","backend":{"service":{"name":"s","port":{"number":80}}}}]}}],"tls":[{"hosts":["a.example.com"],"secretName":"t"}]}}"""),
        ("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", """{"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"minReplicas":1,"maxReplicas":4,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},"targetCPUUtilizationPercentage":50}}"""),
        ("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"],"resourceNames":["x"]}]}"""),
        ("/apis/certificates.k8s.io/v1/certificatesigningrequests", """{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"c"},"spec":{"request":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQQo=","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"],"expirationSeconds":3600}}"""),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"additionalPrinterColumns":[{"name":"A","type":"string","jsonPath":".spec.a"}],
            "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"string","pattern":"^x","default":"x"},"b":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}}}}}}}]}}
            """),
        ("/api/v1/namespaces/default/events", """{"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"reason":"R","message":"m","type":"Normal","count":1,"firstTimestamp":"2026-01-01T00:00:00Z"}"""),
    ];

    private readonly HttpClient _client = shared.Plane.Client();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Mutated_manifests_and_patches_never_harm_the_server()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("MINIK8S_SEED"), CultureInfo.InvariantCulture, out var given) ? given : 1;
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("MINIK8S_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : 10;
        output.WriteLine($"MINIK8S_SEED={seed}");
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(w => RunAsync(new Random(seed + w), watch, TimeSpan.FromSeconds(seconds))));
        output.WriteLine($"{counts.Sum(c => c.Sent)} requests, {counts.Sum(c => c.Accepted)} accepted");
        Assert.True(counts.Sum(c => c.Accepted) > 0, "not one mutation was harmless: the seeds are wrong");
        Assert.Equal("ok", await _client.GetStringAsync(new Uri("/readyz", UriKind.Relative)));
    }

    [Fact]
    public async Task Requests_of_any_form_never_harm_the_server()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("MINIK8S_SEED"), CultureInfo.InvariantCulture, out var given) ? given : 1;
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("MINIK8S_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : 5;
        output.WriteLine($"MINIK8S_SEED={seed}");
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(async w =>
        {
            var (requests, sent) = (new RandomRequests(new Random(seed + w), _client.BaseAddress!.ToString().TrimEnd('/')), 0);
            for (; watch.Elapsed < TimeSpan.FromSeconds(seconds); sent++)
            {
                using var request = requests.Next();
                using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                var text = await response.Content.ReadAsStringAsync();
                // 501 and the like are no answers of this server; 503 and 504 come from what a proxied request was meant for.
                var isProxied = request.RequestUri!.OriginalString.Contains("/proxy", StringComparison.Ordinal);
                Assert.True((int)response.StatusCode < 500 || isProxied, $"{request.Method} {request.RequestUri} → {response.StatusCode}: {text}\n{request.Headers}\n{shared.Plane.Errors.Entries.LastOrDefault()}");
            }

            return sent;
        }));
        output.WriteLine($"{counts.Sum()} requests");
        Assert.Equal("ok", await _client.GetStringAsync(new Uri("/readyz", UriKind.Relative)));
        Assert.Empty(shared.Plane.Errors.Entries);
    }

    private async Task<(int Sent, int Accepted)> RunAsync(Random random, Stopwatch watch, TimeSpan limit)
    {
        var mutator = new JsonMutator(random);
        var (sent, accepted) = (0, 0);
        while (watch.Elapsed < limit)
        {
            var (path, manifest) = Seeds[random.Next(Seeds.Length)];
            var name = $"fuzz-{random.NextInt64():x}";
            var document = JsonNode.Parse(manifest)!;
            document["metadata"]!["name"] = name;
            var body = mutator.Mutate(document);
            var contentType = random.Next(4) switch { 0 => "application/yaml", 1 => "application/json; charset=utf-8", _ => "application/json" };
            var query = random.Next(6) switch { 0 => "?fieldValidation=Strict", 1 => "?dryRun=All", _ => "" };
            var created = await Send(HttpMethod.Post, path + query, body, contentType);
            sent++;
            if (created is not { IsAccepted: true }) continue;
            accepted++;
            if (query == "?dryRun=All") continue;
            // What was accepted is served, takes patches or refuses them, and can be deleted.
            var at = $"{path}/{JsonNode.Parse(created.Text)!["metadata"]!["name"]}";
            Assert.True((await Send(HttpMethod.Get, at, null, null)).Code is 200 or 404);
            var patch = random.Next(3) switch
            {
                0 => "application/merge-patch+json",
                1 => "application/strategic-merge-patch+json",
                _ => "application/apply-patch+yaml",
            };
            await Send(HttpMethod.Patch, $"{at}?fieldManager=fuzz", mutator.Mutate(document), patch);
            await Send(HttpMethod.Put, at, mutator.Mutate(document), "application/json");
            await Send(HttpMethod.Delete, $"{at}?gracePeriodSeconds=0", null, null);
            sent += 4;
        }

        return (sent, accepted);
    }

    private async Task<Answer> Send(HttpMethod method, string path, byte[]? body, string? contentType)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType!);
        }

        var watch = Stopwatch.StartNew();
        using var response = await _client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var code = (int)response.StatusCode;
        Assert.True(code < 500, $"{method} {path} ({contentType}) → {code}: {text}\n{shared.Plane.Errors.Entries.LastOrDefault()}\nbody (base64): {(body is null ? "" : Convert.ToBase64String(body))}");
        Assert.True(watch.Elapsed < Slow, $"{method} {path} took {watch.Elapsed}");
        return new(code, text);
    }

    private sealed record Answer(int Code, string Text)
    {
        public bool IsAccepted => Code is 200 or 201;
    }
}

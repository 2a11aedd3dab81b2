using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using k8s.Models;

namespace Minik8s.Kubelet.Probes;

/// <summary>Attempts by HTTP: any answer from 200 to 399 is well; a redirect to another host is not followed, and told of.</summary>
internal static class HttpProbe
{
    public const string UserAgent = "kube-probe/1.35";
    private const int MaxRedirects = 10;
    private const int MaxBody = 10 * 1024;

    // Every attempt has a connection of its own: a container is not well because an old connection is. Certificates of pods are nobody's business here.
    private static readonly HttpMessageInvoker Client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    });

    public static async Task<ProbeOutcome> GetAsync(V1HTTPGetAction get, ProbeTarget target, CancellationToken cancellationToken)
    {
        if (Prober.PortOf(get.Port, target.Container) is not { } port) return ProbeOutcome.Unknown($"couldn't find port: {get.Port.Value}");
        var host = string.IsNullOrEmpty(get.Host) ? target.PodIp : get.Host;
        var path = string.IsNullOrEmpty(get.Path) ? "/" : get.Path.StartsWith('/') ? get.Path : "/" + get.Path;
        var text = $"{(get.Scheme ?? "HTTP").ToLowerInvariant()}://{(host.Contains(':') ? $"[{host}]" : host)}:{port.ToString(CultureInfo.InvariantCulture)}{path}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) return ProbeOutcome.Unknown($"parse \"{text}\": invalid URL");
        try
        {
            return await FollowAsync(url, get.HttpHeaders ?? [], cancellationToken);
        }
        catch (HttpRequestException e)
        {
            var why = e.InnerException is SocketException socket ? $"dial tcp {host}:{port}: connect: {Prober.Words(socket)}" : e.InnerException?.Message ?? e.Message;
            return ProbeOutcome.Failure($"Get \"{text}\": {why}");
        }
    }

    private static async Task<ProbeOutcome> FollowAsync(Uri url, IList<V1HTTPHeader> headers, CancellationToken cancellationToken)
    {
        var at = url;
        for (var hops = 0; ; hops++)
        {
            using var request = Request(at, headers);
            using var response = await Client.SendAsync(request, cancellationToken);
            var code = (int)response.StatusCode;
            if (code is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
            {
                var next = new Uri(at, location);
                if (next.IdnHost != url.IdnHost) return new(ProbeVerdict.Warning, $"Probe terminated redirects, Response body: {await BodyAsync(response, cancellationToken)}");
                if (hops == MaxRedirects) return ProbeOutcome.Failure($"Get \"{location}\": stopped after {MaxRedirects} redirects");
                at = next;
                continue;
            }

            return code is >= 200 and < 400 ? ProbeOutcome.Success : ProbeOutcome.Failure($"HTTP probe failed with statuscode: {code}");
        }
    }

    private static HttpRequestMessage Request(Uri url, IList<V1HTTPHeader> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = HttpVersion.Version11 };
        foreach (var header in headers)
        {
            if (string.Equals(header.Name, "Host", StringComparison.OrdinalIgnoreCase)) request.Headers.Host = header.Value;
            else request.Headers.TryAddWithoutValidation(header.Name, header.Value ?? "");
        }

        // An empty value takes the header out; an absent one means the usual.
        if (!Named("User-Agent")) request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        if (!Named("Accept")) request.Headers.TryAddWithoutValidation("Accept", "*/*");
        foreach (var name in new[] { "User-Agent", "Accept" })
        {
            if (headers.Any(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase) && string.IsNullOrEmpty(h.Value))) request.Headers.Remove(name);
        }

        return request;

        bool Named(string name) => headers.Any(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxBody];
        return Encoding.UTF8.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, MaxBody, throwOnEndOfStream: false, cancellationToken));
    }
}

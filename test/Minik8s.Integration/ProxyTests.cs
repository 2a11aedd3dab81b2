using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Requests to pods and services by way of the API server, with a real backend on an address of this machine.</summary>
public sealed class ProxyTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>, IAsyncLifetime
{
    // From the range for tests (RFC 2544): a pod's address cannot be a loopback one.
    private readonly string _address = $"198.18.{Environment.ProcessId % 250}.{Random.Shared.Next(1, 255)}";
    private readonly TestControlPlane _plane = shared.Plane;
    private readonly string _namespace = $"proxied-{Guid.NewGuid():N}"[..16];
    private WebApplication _backend = null!;
    private int _port;

    public async ValueTask InitializeAsync()
    {
        (await Shell.RunAsync("ip", ["address", "add", $"{_address}/32", "dev", "lo"])).Succeeded();
        _backend = Backend();
        await _backend.StartAsync();
        _port = new Uri(_backend.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        (await _plane.Kubectl("create", "namespace", _namespace)).Succeeded();
        (await _plane.KubectlWithInput(
            $$$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"{{{_namespace}}}"},"spec":{"nodeName":"elsewhere","containers":[{"name":"c","image":"x","ports":[{"containerPort": {{{_port}}} }]}]}}
            """, "apply", "-f", "-")).Succeeded();
        (await _plane.Kubectl("patch", "pod", "web", "-n", _namespace, "--subresource=status", "--type=merge", "-p", $$$"""{"status":{"podIP":"{{{_address}}}","podIPs":[{"ip":"{{{_address}}}"}]}}""")).Succeeded();
        (await _plane.KubectlWithInput(
            $$$"""
            {"apiVersion":"v1","kind":"List","items":[
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"{{{_namespace}}}"},"spec":{"ports":[{"name":"main","port":81,"targetPort": {{{_port}}} }]}},
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"web-1","namespace":"{{{_namespace}}}","labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
             "endpoints":[{"addresses":["{{{_address}}}"],"conditions":{"ready":true},"targetRef":{"kind":"Pod","name":"web","namespace":"{{{_namespace}}}"}},{"addresses":["198.18.255.254"],"conditions":{"ready":false}}],"ports":[{"name":"main","port": {{{_port}}} }]},
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"empty","namespace":"{{{_namespace}}}"},"spec":{"ports":[{"port":81}]}}]}
            """, "apply", "-f", "-")).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        await Shell.RunAsync("ip", ["address", "del", $"{_address}/32", "dev", "lo"]);
        await _plane.Kubectl("delete", "namespace", _namespace, "--wait=false");
    }

    [Fact]
    public async Task A_pod_and_a_service_answer_through_the_server()
    {
        Assert.Equal("GET /x?a=b&c=d", (await _plane.Kubectl("get", "--raw", $"/api/v1/namespaces/{_namespace}/pods/web:{_port}/proxy/x?a=b&c=d")).Succeeded());
        Assert.Equal("GET /", (await _plane.Kubectl("get", "--raw", $"/api/v1/namespaces/{_namespace}/pods/web/proxy/")).Succeeded());
        foreach (var service in new[] { "web:main", "web:81", "http:web:main" })
        {
            Assert.Equal("GET /deep/path", (await _plane.Kubectl("get", "--raw", $"/api/v1/namespaces/{_namespace}/services/{service}/proxy/deep/path")).Succeeded());
        }
    }

    [Fact]
    public async Task A_path_keeps_its_escapes()
    {
        using var client = _plane.Client();
        Assert.Equal("GET /a%2Fb%20c/d+e?q=%2F", await client.GetStringAsync(new Uri($"{Pod}/a%2Fb%20c/d+e?q=%2F")));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Every_method_and_body_pass(string method)
    {
        using var client = _plane.Client();
        using var request = new HttpRequestMessage(new(method), $"{Pod}/echo") { Content = new StringContent("body") };
        // The certificate says who it is; a token is for this server only, and goes no further.
        request.Headers.Add("Authorization", "Bearer some");
        using var answer = await client.SendAsync(request);
        Assert.Equal($"{method} /echo body ", await answer.Content.ReadAsStringAsync());
        Assert.Equal("yes", answer.Headers.GetValues("X-Backend").Single());
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Large_bodies_stream_both_ways()
    {
        using var client = _plane.Client();
        var body = new byte[20 * 1024 * 1024];
        Random.Shared.NextBytes(body);
        using var answer = await client.PostAsync(new Uri($"{Pod}/hash"), new ByteArrayContent(body));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await answer.Content.ReadAsStringAsync());
        Assert.Equal(20 * 1024 * 1024, (await client.GetByteArrayAsync(new Uri($"{Pod}/large"))).Length);
    }

    [Fact]
    public async Task Links_and_redirects_lead_back_through_the_server()
    {
        using var client = _plane.Client(followRedirects: false);
        Assert.Equal($"<a href=\"{new Uri(Pod).AbsolutePath}/next\">next</a>", await client.GetStringAsync(new Uri($"{Pod}/page")));
        using var redirect = await client.GetAsync(new Uri($"{Pod}/away"));
        Assert.Equal(HttpStatusCode.Redirect, redirect.StatusCode);
        Assert.Equal($"{new Uri(Pod).AbsolutePath}/target", redirect.Headers.Location!.OriginalString);
        using var bare = await client.GetAsync(new Uri($"{Pod}?a=b"));
        Assert.Equal(HttpStatusCode.MovedPermanently, bare.StatusCode);
        Assert.Equal($"{new Uri(Pod).AbsolutePath}/?a=b", bare.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Web_sockets_pass()
    {
        using var socket = new ClientWebSocket();
        socket.Options.ClientCertificates.Add(_plane.Pki.Admin.Current);
        socket.Options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        await socket.ConnectAsync(new Uri($"{Pod}/socket".Replace("https:", "wss:", StringComparison.Ordinal)), CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("ping"), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[64];
        var got = await socket.ReceiveAsync(buffer, CancellationToken.None);
        Assert.Equal("echo ping", Encoding.UTF8.GetString(buffer, 0, got.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
    }

    [Fact]
    public async Task What_cannot_be_reached_is_told()
    {
        await Refused("pods/absent/proxy/", "pods \"absent\" not found");
        await Refused("services/empty/proxy/", "no endpoints available for service \"empty\"");
        await Refused("services/web:82/proxy/", "no service port 82 found for service \"web\"");
        // An endpoint that is no pod's, or not that pod's address, leads nowhere.
        foreach (var target in new[] { "", $$$""","targetRef":{"kind":"Pod","name":"local","namespace":"{{{_namespace}}}"}""", ""","targetRef":{"kind":"Pod","name":"web","namespace":"default"}""" })
        {
            (await _plane.KubectlWithInput(
                $$$"""
                {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"empty-1","namespace":"{{{_namespace}}}","labels":{"kubernetes.io/service-name":"empty"}},"addressType":"IPv4",
                 "endpoints":[{"addresses":["{{{_address}}}"]{{{target}}} }],"ports":[{"name":"","port": {{{_port}}} }]}
                """, "apply", "-f", "-")).Succeeded();
            await Refused("services/empty/proxy/", "no endpoints available for service \"empty\"");
        }

        await Refused("services/ftp:web:81/proxy/", "invalid service request \"ftp:web:81\"");
        await Refused("pods/web:1/proxy/", $"error trying to reach service: dial tcp {_address}:1: connect: connection refused");
        await Refused("pods/web:x/proxy/", "invalid port \"x\"");
        (await _plane.Kubectl("run", "local", "--image=x", "-n", _namespace)).Succeeded();
        await Refused("pods/local:80/proxy/", "address not allowed");
        (await _plane.Kubectl("patch", "pod", "local", "-n", _namespace, "--subresource=status", "--type=merge", "-p", """{"status":{"podIP":"127.0.0.1"}}""")).Succeeded();
        await Refused($"pods/local:{_port}/proxy/", "address not allowed");
        Assert.Contains("cannot get resource \"pods/proxy\"", (await _plane.Kubectl("get", "--raw", $"/api/v1/namespaces/{_namespace}/pods/web/proxy/", "--as", "jane")).Error);
        Assert.Contains("cannot create resource \"services/proxy\"", (await _plane.Kubectl("create", "--raw", $"/api/v1/namespaces/{_namespace}/services/web:81/proxy/", "-f", "/dev/null", "--as", "jane")).Error);
        Assert.Empty(_plane.Errors.Entries);
    }

    private string Pod => $"{_plane.Address.ToString().TrimEnd('/')}/api/v1/namespaces/{_namespace}/pods/web:{_port}/proxy";

    private async Task Refused(string path, string why)
    {
        var answer = await _plane.Kubectl("get", "--raw", $"/api/v1/namespaces/{_namespace}/{path}");
        Assert.Contains(why, answer.Error);
    }

    private WebApplication Backend()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Parse(_address), 0);
        });
        var web = builder.Build();
        web.UseWebSockets();
        web.Run(Serve);
        return web;
    }

    private static async Task Serve(HttpContext context)
    {
        context.Response.Headers["X-Backend"] = "yes";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        switch (context.Request.Path.Value)
        {
            case "/socket":
                using (var socket = await context.WebSockets.AcceptWebSocketAsync())
                {
                    var buffer = new byte[64];
                    var got = await socket.ReceiveAsync(buffer, CancellationToken.None);
                    await socket.SendAsync(Encoding.UTF8.GetBytes("echo " + Encoding.UTF8.GetString(buffer, 0, got.Count)), WebSocketMessageType.Text, true, CancellationToken.None);
                    await socket.ReceiveAsync(buffer, CancellationToken.None);
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
                }

                break;
            case "/hash":
                await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
                break;
            case "/large":
                for (var i = 0; i < 20; i++) await context.Response.Body.WriteAsync(new byte[1024 * 1024]);
                break;
            case "/page":
                context.Response.ContentType = "text/html; charset=utf-8";
                await context.Response.WriteAsync("<a href=\"/next\">next</a>");
                break;
            case "/away":
                context.Response.Redirect("/target");
                break;
            case "/echo":
                using (var reader = new StreamReader(context.Request.Body)) await context.Response.WriteAsync($"{context.Request.Method} {target} {await reader.ReadToEndAsync()} {context.Request.Headers.Authorization}");
                break;
            default:
                await context.Response.WriteAsync($"{context.Request.Method} {target}");
                break;
        }
    }
}

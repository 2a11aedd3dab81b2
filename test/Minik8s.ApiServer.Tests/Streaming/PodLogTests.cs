using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Testing;

namespace Minik8s.ApiServer.Tests.Streaming;

public sealed class PodLogTests : IAsyncLifetime
{
    private readonly HttpClient _http = StreamingServer.NewHttpClient();
    private StreamingServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StreamingServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private Uri Url(string query) => new(_server.Url, "/api/v1/namespaces/default/pods/web/log" + query);

    private void Answer(int code, string text) => _server.Kubelet.Answer = async context =>
    {
        context.Response.StatusCode = code;
        await context.Response.WriteAsync(text);
        return true;
    };

    [Fact]
    public async Task Parameters_go_to_the_kubelet_and_its_text_comes_back()
    {
        Answer(200, "one\ntwo\n");

        using var response = await _http.GetAsync(Url("?follow=false&previous=true&tailLines=2&sinceSeconds=60&timestamps=1&limitBytes=100"), Cancel);

        Assert.Equal("one\ntwo\n", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("GET /containerLogs/default/web/main?previous=true&timestamps=true&sinceSeconds=60&tailLines=2&limitBytes=100", _server.Kubelet.Requests.Single());
    }

    [Fact]
    public async Task A_followed_log_comes_as_it_is_written_and_stops_when_the_client_leaves()
    {
        var lines = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var ended = new TaskCompletionSource();
        _server.Kubelet.Answer = async context =>
        {
            await context.Response.Body.FlushAsync();
            try
            {
                await foreach (var line in lines.Reader.ReadAllAsync(context.RequestAborted))
                {
                    await context.Response.WriteAsync(line);
                    await context.Response.Body.FlushAsync();
                }
            }
            finally
            {
                ended.SetResult();
            }

            return true;
        };
        var response = await _http.GetAsync(Url("?follow=true"), HttpCompletionOption.ResponseHeadersRead, Cancel);
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel)))
        {
            for (var i = 0; i < 3; i++)
            {
                await lines.Writer.WriteAsync($"line {i}\n", Cancel);
                Assert.Equal($"line {i}", await reader.ReadLineAsync(Cancel));
            }
        }

        response.Dispose();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await Eventually.True(() => Task.FromResult(_server.Active == 0), "the request is over");
    }

    [Theory]
    [InlineData("?tailLines=-1", 422, "PodLogOptions \"web\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("?limitBytes=0", 422, "PodLogOptions \"web\" is invalid: limitBytes: Invalid value: 0: must be greater than 0")]
    [InlineData("?sinceSeconds=0", 422, "PodLogOptions \"web\" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0")]
    [InlineData("?tailLines=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax")]
    [InlineData("?tailLines=99999999999999999999", 400, "strconv.ParseInt: parsing \"99999999999999999999\": value out of range")]
    [InlineData("?sinceTime=yesterday", 400, "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as an RFC 3339 time")]
    [InlineData("?container=nope", 400, "container nope is not valid for pod web")]
    public async Task Bad_parameters_are_the_clients_fault(string query, int code, string message)
    {
        using var response = await _http.GetAsync(Url(query), Cancel);

        Assert.Equal(code, (int)response.StatusCode);
        Assert.Equal(message, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["message"]);
        Assert.Empty(_server.Kubelet.Requests);
    }

    [Fact]
    public async Task Since_a_time_and_for_a_time_exclude_each_other()
    {
        using var response = await _http.GetAsync(Url("?sinceSeconds=5&sinceTime=2026-01-02T03:04:05Z"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableContent, response.StatusCode);
        Assert.Contains("at most one of `sinceTime` or `sinceSeconds` may be specified", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["message"]);
    }

    [Theory]
    [InlineData(400, "BadRequest", "container \"main\" in pod \"web\" is waiting to start: ContainerCreating")]
    [InlineData(500, "InternalError", "Internal error occurred: disk on fire")]
    [InlineData(404, "NotFound", "the server could not find the requested resource ( pods/log web)")]
    public async Task The_kubelets_failures_become_statuses(int code, string reason, string message)
    {
        Answer(code, code == 500 ? "disk on fire" : message + "\n");

        using var response = await _http.GetAsync(Url(""), Cancel);

        Assert.Equal(code, (int)response.StatusCode);
        var status = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(reason, (string?)status["reason"]);
        Assert.Equal(message, (string?)status["message"]);
    }

    [Fact]
    public async Task A_pod_without_a_node_has_an_empty_log()
    {
        _server.Pod["spec"]!.AsObject().Remove("nodeName");

        Assert.Equal("", await _http.GetStringAsync(Url("?follow=true"), Cancel));
    }

    [Fact]
    public async Task A_kubelet_that_is_down_is_named()
    {
        _server.Node["status"]!["daemonEndpoints"]!["kubeletEndpoint"]!["Port"] = 1;

        using var response = await _http.GetAsync(Url(""), Cancel);

        Assert.Equal(500, (int)response.StatusCode);
        Assert.Contains("dial tcp 127.0.0.1:1: connect: connection refused", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_backend_whose_certificate_does_not_verify_is_read_only_on_demand()
    {
        using var other = new TestCertificates();
        _server.KubeletAuthority = other.Authority;
        Answer(200, "trusted anyway");

        using var refused = await _http.GetAsync(Url(""), Cancel);
        Assert.Equal(500, (int)refused.StatusCode);
        Assert.Equal("trusted anyway", await _http.GetStringAsync(Url("?insecureSkipTLSVerifyBackend=true"), Cancel));
    }
}

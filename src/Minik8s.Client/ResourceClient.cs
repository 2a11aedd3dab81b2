using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using k8s;
using k8s.Models;
using Minik8s.Client.Json;

namespace Minik8s.Client;

/// <summary>Reads and writes the objects of one kind. Every method throws <see cref="ApiException"/> when the server refuses,
/// <see cref="HttpRequestException"/> when it cannot be reached and <see cref="TimeoutException"/> when it does not answer.</summary>
public sealed class ResourceClient<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly KubeClient _client;
    private readonly string _accept;
    private readonly string _acceptList;

    internal ResourceClient(KubeClient client, ResourceNames names, string accept = "application/json", string acceptList = "application/json")
    {
        _client = client;
        _accept = accept;
        _acceptList = acceptList;
        Names = names;
    }

    /// <summary>Where the kind lives in the API.</summary>
    public ResourceNames Names { get; }

    /// <summary>One object; <paramref name="ns"/> is null for kinds of the cluster.</summary>
    public async Task<T> GetAsync(string name, string? ns = null, CancellationToken ct = default) =>
        ModelJson.Read<T>(await _client.RequestAsync(HttpMethod.Get, Names.Path(ns, name), accept: _accept, ct: ct).ConfigureAwait(false));

    /// <summary>One object, or null where there is none.</summary>
    public async Task<T?> FindAsync(string name, string? ns = null, CancellationToken ct = default)
    {
        try
        {
            return await GetAsync(name, ns, ct).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>The objects that match, or one part of them when <see cref="ListOptions.Limit"/> is set.</summary>
    public async Task<ResourceList<T>> ListAsync(ListOptions? options = null, CancellationToken ct = default)
    {
        options ??= new ListOptions();
        var body = await _client.RequestAsync(HttpMethod.Get, Names.Path(options.Namespace) + Query(options, watch: false), accept: _acceptList, ct: ct).ConfigureAwait(false);
        return ListDecoder.Decode<T>(body);
    }

    /// <summary>What happens from <see cref="ListOptions.ResourceVersion"/> on, until the server ends the watch (the enumeration then just ends) or
    /// <paramref name="ct"/> does. Bookmarks are always asked for.</summary>
    /// <exception cref="ApiException">Also: the server sent an ERROR event; <see cref="ApiException.IsGone"/> means list again.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(ListOptions? options = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        options ??= new ListOptions();
        using var response = await _client.StreamAsync(Names.Path(options.Namespace) + Query(options, watch: true), _accept, ct).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await foreach (var line in LineReader.ReadAsync(stream, ct).ConfigureAwait(false))
                yield return WatchDecoder.Decode<T>(line.Span);
        }
    }

    /// <summary>Makes a new object. Its apiVersion and kind are filled in when absent.</summary>
    public async Task<T> CreateAsync(T value, CancellationToken ct = default) =>
        ModelJson.Read<T>(await _client.RequestAsync(HttpMethod.Post, Names.Path(value.Metadata?.NamespaceProperty), Write(value), accept: _accept, ct: ct).ConfigureAwait(false));

    /// <summary>Replaces an object; with a resource version in it only if it did not change since.</summary>
    public Task<T> UpdateAsync(T value, CancellationToken ct = default) => UpdateAsync(value, null, ct);

    /// <summary>Replaces an object's status; with a resource version in it only if it did not change since.</summary>
    public Task<T> UpdateStatusAsync(T value, CancellationToken ct = default) => UpdateAsync(value, "status", ct);

    /// <summary>Changes an object, or the part of it that <paramref name="subresource"/> names (<c>status</c>).</summary>
    public async Task<T> PatchAsync(
        string name, string? ns, PatchKind kind, ReadOnlyMemory<byte> patch, string? subresource = null, CancellationToken ct = default)
    {
        var contentType = kind switch
        {
            PatchKind.Json => "application/json-patch+json",
            PatchKind.Merge => "application/merge-patch+json",
            PatchKind.StrategicMerge => "application/strategic-merge-patch+json",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        return ModelJson.Read<T>(await _client.RequestAsync(HttpMethod.Patch, Names.Path(ns, name, subresource), patch, contentType, _accept, ct).ConfigureAwait(false));
    }

    /// <summary>Deletes an object, or begins to where finalizers or a grace period hold it.</summary>
    public async Task DeleteAsync(string name, string? ns = null, DeleteOptions? options = null, CancellationToken ct = default)
    {
        ReadOnlyMemory<byte>? body = options is null ? null : ModelJson.Write(new V1DeleteOptions
        {
            ApiVersion = "v1",
            Kind = "DeleteOptions",
            GracePeriodSeconds = options.GracePeriodSeconds,
            PropagationPolicy = options.PropagationPolicy,
            Preconditions = options.Uid is null && options.ResourceVersion is null
                ? null
                : new V1Preconditions { Uid = options.Uid, ResourceVersion = options.ResourceVersion },
        });
        await _client.RequestAsync(HttpMethod.Delete, Names.Path(ns, name), body, ct: ct).ConfigureAwait(false);
    }

    /// <summary>Posts to a subresource, for example <c>binding</c> with a <see cref="V1Binding"/>.</summary>
    public async Task CreateSubresourceAsync<TBody>(string name, string? ns, string subresource, TBody body, CancellationToken ct = default)
        where TBody : class =>
        await _client.RequestAsync(HttpMethod.Post, Names.Path(ns, name, subresource), ModelJson.Write(body), ct: ct).ConfigureAwait(false);

    private async Task<T> UpdateAsync(T value, string? subresource, CancellationToken ct)
    {
        var path = Names.Path(value.Metadata.NamespaceProperty, value.Metadata.Name, subresource);
        return ModelJson.Read<T>(await _client.RequestAsync(HttpMethod.Put, path, Write(value), accept: _accept, ct: ct).ConfigureAwait(false));
    }

    private byte[] Write(T value)
    {
        if (value.ApiVersion is null || value.Kind is null)
        {
            value.ApiVersion = Names.ApiVersion;
            value.Kind = Names.Kind;
        }
        return ModelJson.Write(value);
    }

    private static string Query(ListOptions options, bool watch)
    {
        var query = new StringBuilder();
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        Add("watch", watch ? "true" : null);
        Add("allowWatchBookmarks", watch ? "true" : null);
        Add("labelSelector", options.LabelSelector);
        Add("fieldSelector", options.FieldSelector);
        Add("limit", options.Limit?.ToString(CultureInfo.InvariantCulture));
        Add("continue", options.Continue);
        Add("resourceVersion", options.ResourceVersion);
        Add("timeoutSeconds", options.Timeout is { } timeout ? ((long)Math.Ceiling(timeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture) : null);
        return query.ToString();
    }
}

using System.Text;
using k8s.Models;
using Minik8s.Kubelet.Env;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Volumes;

/// <summary>The files of the volumes that are made of API objects.</summary>
internal sealed class VolumeContent(IConfigSource configs, ITokenSource tokens, V1Pod pod)
{
    private readonly Dictionary<string, (byte[] Content, UnixFileMode Mode)> _files = new(StringComparer.Ordinal);

    /// <summary>Files by relative path; null when the volume is of another kind.</summary>
    public async Task<IReadOnlyDictionary<string, (byte[] Content, UnixFileMode Mode)>?> FilesAsync(V1Volume volume, CancellationToken cancellationToken)
    {
        switch (volume)
        {
            case { ConfigMap: { } map }:
                await ConfigMapAsync(volume.Name, map.Name, map.Items, map.Optional, map.DefaultMode, cancellationToken);
                return _files;
            case { Secret: { } secret }:
                await SecretAsync(volume.Name, secret.SecretName, secret.Items, secret.Optional, secret.DefaultMode, cancellationToken);
                return _files;
            case { DownwardAPI: { } downward }:
                Downward(downward.Items, downward.DefaultMode);
                return _files;
            case { Projected: { } projected }:
                foreach (var source in projected.Sources ?? [])
                {
                    if (source.ConfigMap is { } map) await ConfigMapAsync(volume.Name, map.Name, map.Items, map.Optional, projected.DefaultMode, cancellationToken);
                    if (source.Secret is { } secret) await SecretAsync(volume.Name, secret.Name, secret.Items, secret.Optional, projected.DefaultMode, cancellationToken);
                    if (source.DownwardAPI is { } downward) Downward(downward.Items, projected.DefaultMode);
                    if (source.ServiceAccountToken is { } token) await TokenAsync(token, projected.DefaultMode, cancellationToken);
                }

                return _files;
            default:
                return null;
        }
    }

    private async Task ConfigMapAsync(string volume, string name, IList<V1KeyToPath>? items, bool? optional, int? mode, CancellationToken cancellationToken)
    {
        var entries = await configs.ConfigMapAsync(pod.Metadata.NamespaceProperty, name, cancellationToken);
        if (entries is null && optional != true) throw Failed(volume, $"configmap \"{name}\" not found");
        Add(volume, entries, items, optional, mode, "configmap");
    }

    private async Task SecretAsync(string volume, string name, IList<V1KeyToPath>? items, bool? optional, int? mode, CancellationToken cancellationToken)
    {
        var entries = await configs.SecretAsync(pod.Metadata.NamespaceProperty, name, cancellationToken);
        if (entries is null && optional != true) throw Failed(volume, $"secret \"{name}\" not found");
        Add(volume, entries, items, optional, mode, "secret");
    }

    private void Add(string volume, IReadOnlyDictionary<string, byte[]>? entries, IList<V1KeyToPath>? items, bool? optional, int? mode, string kind)
    {
        if (entries is null) return;
        if (items is not { Count: > 0 })
        {
            foreach (var (key, content) in entries) _files[key] = (content, Mode(mode));
            return;
        }

        foreach (var item in items)
        {
            if (entries.TryGetValue(item.Key, out var content)) _files[item.Path] = (content, Mode(item.Mode ?? mode));
            else if (optional != true) throw Failed(volume, $"{kind} references non-existent config key: {item.Key}");
        }
    }

    private async Task TokenAsync(V1ServiceAccountTokenProjection source, int? mode, CancellationToken cancellationToken)
    {
        var token = await tokens.TokenAsync(pod, source.Audience, source.ExpirationSeconds, cancellationToken);
        _files[source.Path] = (Encoding.ASCII.GetBytes(token), Mode(mode));
    }

    private void Downward(IList<V1DownwardAPIVolumeFile>? items, int? mode)
    {
        foreach (var item in items ?? [])
        {
            if (item.FieldRef is { } field) _files[item.Path] = (Encoding.UTF8.GetBytes(PodFields.Value(pod, field.FieldPath, null)), Mode(item.Mode ?? mode));
        }
    }

    private static UnixFileMode Mode(int? mode) => (UnixFileMode)(mode ?? 0x1A4);

    private static PodSetupException Failed(string volume, string why) => new("FailedMount", $"MountVolume.SetUp failed for volume \"{volume}\" : {why}");
}

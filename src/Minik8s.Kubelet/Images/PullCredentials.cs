using System.Text;
using System.Text.Json;
using k8s.Models;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Env;

namespace Minik8s.Kubelet.Images;

/// <summary>What a pod's <c>imagePullSecrets</c> offer for a registry (types kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg).</summary>
internal sealed class PullCredentials(IConfigSource configs)
{
    private const string DefaultRegistry = "docker.io";

    /// <summary>The credentials to try, in the order of the pod's list; a pod without any gets one empty try.</summary>
    public async Task<IReadOnlyList<AuthConfig?>> ForAsync(V1Pod pod, string image, CancellationToken cancellationToken)
    {
        var found = new List<AuthConfig?>();
        foreach (var reference in pod.Spec.ImagePullSecrets ?? [])
        {
            // Kubernetes passes over a secret that is missing: the image may be public.
            if (await configs.SecretAsync(pod.Metadata.NamespaceProperty, reference.Name, cancellationToken) is not { } secret) continue;
            if (secret.TryGetValue(".dockerconfigjson", out var config)) found.AddRange(Read(config, "auths", RegistryOf(image)));
            if (secret.TryGetValue(".dockercfg", out var old)) found.AddRange(Read(old, null, RegistryOf(image)));
        }

        return found.Count > 0 ? found : [null];
    }

    private static string RegistryOf(string image)
    {
        var slash = image.IndexOf('/');
        var host = slash > 0 ? image[..slash] : "";
        return host.Contains('.') || host.Contains(':') || host == "localhost" ? host : DefaultRegistry;
    }

    private static IEnumerable<AuthConfig> Read(byte[] json, string? member, string registry)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // A secret that is no JSON offers nothing; the pull then says that it was refused.
            yield break;
        }

        using (document)
        {
            var entries = document.RootElement;
            if (entries.ValueKind != JsonValueKind.Object || member is not null && !entries.TryGetProperty(member, out entries) || entries.ValueKind != JsonValueKind.Object) yield break;
            foreach (var entry in entries.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.Object && HostOf(e.Name) == registry)) yield return Credentials(entry.Value);
        }
    }

    /// <summary>Entries are written as hosts or as URLs; the default registry has an old name of its own.</summary>
    private static string HostOf(string entry)
    {
        var host = entry.Contains("://") ? entry[(entry.IndexOf("://", StringComparison.Ordinal) + 3)..] : entry;
        host = host.Split('/')[0];
        return host is "index.docker.io" or "registry-1.docker.io" ? DefaultRegistry : host;
    }

    private static AuthConfig Credentials(JsonElement entry)
    {
        var (user, password) = (Text(entry, "username"), Text(entry, "password"));
        var auth = new byte[Text(entry, "auth").Length];
        if (user.Length == 0 && Convert.TryFromBase64String(Text(entry, "auth"), auth, out var length) && Encoding.UTF8.GetString(auth, 0, length).Split(':', 2) is [var name, var secret]) (user, password) = (name, secret);
        return new AuthConfig { Username = user, Password = password, IdentityToken = Text(entry, "identitytoken") };
    }

    private static string Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}

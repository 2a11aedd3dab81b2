using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Minik8s.Client;

/// <summary>Reads a kubeconfig file: clusters, users and contexts, with data inline or in files beside it.</summary>
public static class KubeconfigFile
{
    /// <summary>The way to the cluster of one context.</summary>
    /// <param name="path">The kubeconfig.</param>
    /// <param name="context">The context's name; null: the file's current-context.</param>
    /// <remarks>Client certificates and tokens that stand in files of their own are read again when those files change.</remarks>
    /// <exception cref="InvalidDataException">The file is no kubeconfig, or names something it does not have.</exception>
    /// <exception cref="IOException">The file, or one it names, cannot be read.</exception>
    public static ClientConfig Load(string path, string? context = null)
    {
        var root = Parse(path);
        context ??= Text(root, "current-context");
        if (string.IsNullOrEmpty(context))
            throw new InvalidDataException($"{path}: no context is given and current-context is not set");
        var chosen = Named(root, "contexts", "context", context, path);
        var clusterName = Text(chosen, "cluster") ?? throw new InvalidDataException($"{path}: context \"{context}\" has no cluster");
        var cluster = Named(root, "clusters", "cluster", clusterName, path);
        var user = Text(chosen, "user") is { Length: > 0 } userName ? Named(root, "users", "user", userName, path) : new YamlMappingNode();
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        var server = Text(cluster, "server");
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new InvalidDataException($"{path}: cluster \"{clusterName}\" has no valid server: \"{server}\"");
        try
        {
            return new ClientConfig
            {
                Server = address,
                TlsServerName = Text(cluster, "tls-server-name"),
                SkipTlsVerify = Text(cluster, "insecure-skip-tls-verify") == "true",
                CertificateAuthorities = Authorities(cluster, folder),
                ClientCertificate = Certificate(user, folder),
                BearerToken = Token(user, folder),
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new InvalidDataException($"{path}: context \"{context}\": {e.Message}", e);
        }
    }

    private static YamlMappingNode Parse(string path)
    {
        var yaml = new YamlStream();
        try
        {
            using var text = File.OpenText(path);
            yaml.Load(text);
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        return yaml.Documents.Count > 0 && yaml.Documents[0].RootNode is YamlMappingNode root
            ? root
            : throw new InvalidDataException($"{path}: not a kubeconfig");
    }

    private static YamlMappingNode Named(YamlMappingNode root, string list, string field, string name, string path)
    {
        if (root.Children.TryGetValue(list, out var node) && node is YamlSequenceNode entries)
        {
            foreach (var entry in entries.OfType<YamlMappingNode>())
            {
                if (Text(entry, "name") == name && entry.Children.TryGetValue(field, out var value) && value is YamlMappingNode found)
                    return found;
            }
        }
        throw new InvalidDataException($"{path}: there is no \"{name}\" in {list}");
    }

    private static string? Text(YamlMappingNode node, string field) =>
        node.Children.TryGetValue(field, out var value) && value is YamlScalarNode { Value: { } text } && text is not ("" or "null" or "~") ? text : null;

    private static X509Certificate2Collection? Authorities(YamlMappingNode cluster, string folder)
    {
        var pem = Text(cluster, "certificate-authority-data") is { } data
            ? Decode(data)
            : Text(cluster, "certificate-authority") is { } file ? File.ReadAllText(Path.Combine(folder, file)) : null;
        if (pem is null)
            return null;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities.Count > 0 ? authorities : throw new FormatException("the certificate authority holds no certificate");
    }

    private static Func<X509Certificate2?>? Certificate(YamlMappingNode user, string folder)
    {
        var certificateFile = Text(user, "client-certificate") is { } c ? Path.Combine(folder, c) : null;
        var keyFile = Text(user, "client-key") is { } k ? Path.Combine(folder, k) : null;
        var certificateData = Text(user, "client-certificate-data") is { } cd ? Decode(cd) : null;
        var keyData = Text(user, "client-key-data") is { } kd ? Decode(kd) : null;
        if (certificateFile is null && certificateData is null)
            return null;
        if (keyFile is null && keyData is null)
            throw new FormatException("the user has a client certificate without a key");
        // Data wins over a file, as in client-go.
        X509Certificate2 Make() => X509Certificate2.CreateFromPem(
            certificateData ?? File.ReadAllText(certificateFile!), keyData ?? File.ReadAllText(keyFile!));
        if (certificateData is not null && keyData is not null)
        {
            var fixedOne = Make();
            return () => fixedOne;
        }
        var reloaded = new FileValue<X509Certificate2>([certificateFile, keyFile], Make);
        reloaded.Get();
        return reloaded.Get;
    }

    private static Func<string?>? Token(YamlMappingNode user, string folder)
    {
        // A file wins over an inline token, as in client-go.
        if (Text(user, "tokenFile") is { } file)
        {
            var tokenPath = Path.Combine(folder, file);
            return new FileValue<string>([tokenPath], () => File.ReadAllText(tokenPath).Trim()).Get;
        }
        return Text(user, "token") is { } token ? () => token : null;
    }

    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}

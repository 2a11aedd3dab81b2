using Minik8s.Store.Etcd;

namespace Minik8s.Host.Configuration;

/// <summary>The settings of an etcd that holds the cluster's state.</summary>
internal static class DatastoreSettings
{
    /// <summary>The options of the etcd store; null when no endpoint is given.</summary>
    /// <exception cref="UsageException">They do not fit together, or name files that are not there.</exception>
    public static EtcdStoreOptions? Read(SettingsReader settings)
    {
        var authority = Existing(Settings.DatastoreCaFile.Name, settings.GetOptional(Settings.DatastoreCaFile));
        var certificate = Existing(Settings.DatastoreCertFile.Name, settings.GetOptional(Settings.DatastoreCertFile));
        var key = Existing(Settings.DatastoreKeyFile.Name, settings.GetOptional(Settings.DatastoreKeyFile));
        if ((certificate is null) != (key is null)) throw new UsageException($"{Settings.DatastoreCertFile.Name} and {Settings.DatastoreKeyFile.Name} belong together; give both or none");
        if (settings.GetOptional(Settings.DatastoreEndpoint) is not { Length: > 0 } endpoints)
        {
            return authority is null && certificate is null ? null : throw new UsageException($"the files of a datastore are given without its {Settings.DatastoreEndpoint.Name}");
        }

        return new EtcdStoreOptions
        {
            Endpoints = [.. endpoints.Split(',', StringSplitOptions.TrimEntries).Select(Endpoint)],
            AuthorityFile = authority,
            CertificateFile = certificate,
            KeyFile = key,
        };
    }

    private static Uri Endpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "https" or "http" && endpoint.Host.Length > 0 && endpoint.AbsolutePath == "/"
            ? endpoint
            : throw new UsageException($"{Settings.DatastoreEndpoint.Name}: \"{text}\" is not the address of an etcd member such as https://10.0.0.1:2379 (other datastores are not supported)");

    private static string? Existing(string flag, string? path)
    {
        if (string.IsNullOrEmpty(path)) return null;
        return File.Exists(path) ? Path.GetFullPath(path) : throw new UsageException($"{flag}: there is no file {path}");
    }
}

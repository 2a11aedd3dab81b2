using System.Text;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Kubeconfig;

/// <summary>Writes kubeconfigs that are ours alone: the administrator's and the components'.</summary>
public static class KubeconfigWriter
{
    /// <summary>Writes a kubeconfig with one context, readable by its owner only, in place of what was there.</summary>
    /// <param name="path">The file; its directory is made if need be.</param>
    /// <param name="name">The name of the cluster and the context.</param>
    /// <param name="user">The name of the user.</param>
    /// <param name="credentials">What it says.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="KubeconfigException">The file cannot be written.</exception>
    public static async Task WriteAsync(string path, string name, string user, KubeconfigCredentials credentials, CancellationToken cancellationToken)
    {
        var document = new KubeconfigDocument();
        document.Add(name, user, credentials, installation: null);
        document.CurrentContext = name;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory) Directory.CreateDirectory(directory);
            await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(document.ToYaml()), AtomicFile.PrivateFile, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"The kubeconfig {path} cannot be written: {e.Message}", e);
        }
    }
}

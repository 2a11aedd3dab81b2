using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using Minik8s.Client;
using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.Benchmarks;

/// <summary>An API server of the executable under test, alone, on the loopback interface, with data of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private ServerProcess(Process process, string directory, ClientConfig api)
    {
        _process = process;
        _directory = directory;
        Api = api;
    }

    /// <summary>The way to it, as the administrator.</summary>
    public ClientConfig Api { get; }

    public ProcessFigures Figures => new(_process.Id);

    public static async Task<ServerProcess> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("mk8s-bench-").FullName;
        var kubeconfig = Path.Combine(directory, "admin.kubeconfig");
        string[] arguments =
        [
            "apiserver", "--data-dir", Path.Combine(directory, "data"), "--run-dir", Path.Combine(directory, "run"), "--log-dir", Path.Combine(directory, "log"),
            "--admin-kubeconfig", kubeconfig, "--no-user-kubeconfig", "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1",
            "--port", FreePort().ToString(CultureInfo.InvariantCulture), "--log-level", "warn",
        ];
        var process = Shell.Start(Repository.Executable, arguments, new Dictionary<string, string> { ["HOME"] = directory });
        process.StandardInput.Close();
        process.OutputDataReceived += (_, e) => Console.Error.WriteLine(e.Data);
        process.ErrorDataReceived += (_, e) => Console.Error.WriteLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Eventually.True(() => Task.FromResult(process.HasExited || File.Exists(kubeconfig)), "the server has written its kubeconfig");
        if (process.HasExited) throw new InvalidOperationException($"the server ended with {process.ExitCode}");
        var server = new ServerProcess(process, directory, KubeconfigFile.Load(kubeconfig));
        using var client = server.Connect();
        await Eventually.True(async () => (await client.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode, "the server is ready");
        return server;
    }

    /// <summary>A client with one HTTP/2 connection of its own.</summary>
    public HttpClient Connect()
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                LocalCertificateSelectionCallback = (_, _, _, _, _) => Api.ClientCertificate!()!,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = Api.Server,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromMinutes(5),
        };
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Diagnostics;

namespace Minik8s.Testing.Etcd;

/// <summary>One etcd process on loopback with its data in a folder; it can be killed and started again.</summary>
public sealed class EtcdMember : IDisposable
{
    private readonly IReadOnlyList<string> _arguments;
    private readonly Queue<string> _lastWords = new();
    private Process? _process;

    internal EtcdMember(string name, Uri client, string dataDirectory, IReadOnlyList<string> arguments)
    {
        Name = name;
        Client = client;
        DataDirectory = dataDirectory;
        _arguments = arguments;
    }

    public string Name { get; }

    /// <summary>Where clients reach it.</summary>
    public Uri Client { get; }

    public string DataDirectory { get; }

    public bool Running => _process is { HasExited: false };

    /// <summary>The last lines that it wrote.</summary>
    public string LastWords
    {
        get
        {
            lock (_lastWords) return string.Join('\n', _lastWords);
        }
    }

    /// <summary>Starts the process; it is not ready at once.</summary>
    public void Start()
    {
        var start = new ProcessStartInfo("etcd", _arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException("etcd did not start");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Ends the process without warning, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lastWords)
        {
            _lastWords.Enqueue(line);
            if (_lastWords.Count > 30) _lastWords.Dequeue();
        }
    }
}

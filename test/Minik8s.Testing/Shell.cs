using System.Diagnostics;

namespace Minik8s.Testing;

/// <summary>Runs commands for tests.</summary>
public static class Shell
{
    /// <summary>Runs a command to its end; kills it, with its children, when the limit (60 s unless told) runs out.</summary>
    public static async Task<ProcessResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? limit = null)
    {
        using var process = Start(file, arguments, environment);
        var command = $"{file} {string.Join(' ', process.StartInfo.ArgumentList)}";
        using var timeout = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(60));
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            return new ProcessResult(command, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{command}` did not end in time");
        }
        catch (IOException) when (process.HasExited)
        {
            // The command ended without reading its input.
            return new ProcessResult(command, process.ExitCode, await output, await error);
        }
    }

    /// <summary>Starts a command with all three streams redirected.</summary>
    public static Process Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start");
    }
}

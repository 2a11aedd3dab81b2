using System.Diagnostics;

namespace Minik8s.Kubelet.Network;

/// <summary>Runs the tools that change the node's network.</summary>
internal static class Nft
{
    /// <summary>Applies a script as one transaction.</summary>
    /// <exception cref="IOException">nft refused it; the message is its own.</exception>
    public static async Task ApplyAsync(string script, CancellationToken cancellationToken)
    {
        var (code, error) = await RunAsync("nft", ["-f", "-"], script, cancellationToken);
        if (code != 0) throw new IOException($"nft refused the pod network's rules: {error}");
    }

    /// <returns>The exit code and what was written to standard error.</returns>
    public static async Task<(int Code, string Error)> RunAsync(string command, string[] arguments, string? input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new IOException($"{command} did not start");
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, (await error).Trim());
    }
}

using System.Diagnostics;

namespace Minik8s.Linux;

/// <summary>Runs programs of the system, such as <c>ip</c>.</summary>
public static class Tool
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>The exit code and what was written to standard error.</returns>
    public static async Task<(int Code, string Error)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, (await error).Trim());
    }

    internal static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new IOException($"{program} did not start");
    }
}

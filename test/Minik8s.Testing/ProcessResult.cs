namespace Minik8s.Testing;

/// <summary>How a command ended and what it printed.</summary>
public sealed record ProcessResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Throws unless the command succeeded; returns its standard output.</summary>
    public string Succeeded() =>
        ExitCode == 0 ? Output : throw new InvalidOperationException($"`{Command}` ended with {ExitCode}\n{Output}\n{Error}");
}

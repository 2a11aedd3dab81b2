using Microsoft.AspNetCore.Http;

namespace Minik8s.ApiServer.Streaming;

/// <summary>The parameters of <c>exec</c> and <c>attach</c> (PodExecOptions, PodAttachOptions), from the query.</summary>
internal sealed record StreamOptions(string? Container, IReadOnlyList<string> Command, bool Stdin, bool Stdout, bool Stderr, bool Tty)
{
    public static StreamOptions Parse(IQueryCollection query, bool exec) => new(
        query["container"].FirstOrDefault(),
        exec ? [.. query["command"].OfType<string>()] : [],
        query.Flag("stdin"),
        query.Flag("stdout"),
        query.Flag("stderr"),
        query.Flag("tty"));

    /// <summary>The same as the kubelet wants it.</summary>
    public string KubeletQuery()
    {
        var parts = new List<string>();
        if (Stdin) parts.Add("input=1");
        if (Stdout) parts.Add("output=1");
        if (Stderr) parts.Add("error=1");
        if (Tty) parts.Add("tty=1");
        parts.AddRange(Command.Select(c => "command=" + Uri.EscapeDataString(c)));
        return string.Join('&', parts);
    }
}

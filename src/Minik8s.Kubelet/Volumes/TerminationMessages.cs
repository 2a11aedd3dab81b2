using System.Globalization;
using System.Text;
using k8s.Models;
using Minik8s.Kubelet.Logs;

namespace Minik8s.Kubelet.Volumes;

/// <summary>The last words of containers: a file that the container may write, or the end of its log.</summary>
internal static class TerminationMessages
{
    // Kubernetes' bounds: a message, and a log that stands in for one.
    private const int MaxMessage = 4096;
    private const int MaxLogBytes = 2048;
    private const int MaxLogLines = 80;

    /// <summary>Where on the host a container's message lies.</summary>
    public static string PathOf(string podDirectory, string container, uint attempt) =>
        Path.Combine(podDirectory, "containers", container, attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>What a container that has ended has left to say; null when nothing.</summary>
    public static string? Read(string podDirectory, V1Container container, uint attempt, int exitCode, string logPath)
    {
        var file = PathOf(podDirectory, container.Name, attempt);
        var message = File.Exists(file) ? Head(file) : "";
        if (message.Length > 0) return message;
        if (container.TerminationMessagePolicy != "FallbackToLogsOnError" || exitCode == 0 || !File.Exists(logPath)) return null;
        var tail = LogEnd(logPath);
        return tail.Length > 0 ? tail : null;
    }

    private static string Head(string file)
    {
        using var stream = File.OpenRead(file);
        var buffer = new byte[MaxMessage];
        return Encoding.UTF8.GetString(buffer, 0, stream.ReadAtLeast(buffer, MaxMessage, throwOnEndOfStream: false));
    }

    private static string LogEnd(string path)
    {
        using var stream = File.OpenRead(path);
        // A line carries its time and stream besides the text, hence the generous stretch.
        stream.Seek(-Math.Min(stream.Length, MaxLogLines * 80 + MaxLogBytes * 2), SeekOrigin.End);
        using var reader = new StreamReader(stream);
        var text = new StringBuilder();
        foreach (var line in reader.ReadToEnd().Split('\n').TakeLast(MaxLogLines + 1))
        {
            if (!CriLogLine.TryParse(Encoding.UTF8.GetBytes(line), out var parsed)) continue;
            text.Append(Encoding.UTF8.GetString(parsed.Text));
            if (!parsed.Partial) text.Append('\n');
        }

        return text.Length > MaxLogBytes ? text.ToString(text.Length - MaxLogBytes, MaxLogBytes) : text.ToString();
    }
}

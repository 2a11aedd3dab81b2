using System.Text.Json;

namespace Minik8s.ApiServer.Discovery;

/// <summary>What <c>/version</c> answers.</summary>
public sealed record VersionInfo
{
    public string Major { get; init; } = "1";

    public string Minor { get; init; } = "35";

    /// <summary>The Kubernetes version whose API this is, with our name as build metadata.</summary>
    public string GitVersion { get; init; } = "v1.35.0+minik8s";

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("major", Major);
        json.WriteString("minor", Minor);
        json.WriteString("gitVersion", GitVersion);
        json.WriteString("gitCommit", "");
        json.WriteString("gitTreeState", "clean");
        json.WriteString("buildDate", "1970-01-01T00:00:00Z");
        json.WriteString("goVersion", "");
        json.WriteString("compiler", "dotnet");
        json.WriteString("platform", System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "linux/arm64" : "linux/amd64");
        json.WriteEndObject();
    }
}

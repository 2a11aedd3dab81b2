namespace Minik8s.ApiServer.Streaming;

/// <summary>Names and numbers of the remote command protocol (exec and attach), over WebSocket and over SPDY.</summary>
internal static class RemoteCommandProtocol
{
    /// <summary>Version 5 adds to version 4 the closing of single channels, which gives WebSocket clients a half-close of stdin.</summary>
    public const string V5 = "v5.channel.k8s.io";

    public const string V4 = "v4.channel.k8s.io";

    /// <summary>Negotiates the version on a SPDY upgrade.</summary>
    public const string VersionHeader = "X-Stream-Protocol-Version";

    public const string SpdyUpgrade = "SPDY/3.1";

    /// <summary>Names a SPDY stream's purpose.</summary>
    public const string StreamType = "streamType";

    // The first byte of a WebSocket message.
    public const byte Stdin = 0;
    public const byte Stdout = 1;
    public const byte Stderr = 2;
    public const byte Error = 3;
    public const byte Resize = 4;
    public const byte Close = 255;
}

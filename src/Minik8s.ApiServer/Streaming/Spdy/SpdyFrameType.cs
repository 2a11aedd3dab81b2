namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>The control frames of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00, 2.6).</summary>
internal enum SpdyFrameType : ushort
{
    SynStream = 1,
    SynReply = 2,
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    Headers = 8,
    WindowUpdate = 9,
}

/// <summary>The flags of data and control frames.</summary>
[Flags]
internal enum SpdyFlags : byte
{
    None = 0,
    Fin = 1,
    Unidirectional = 2,
}

/// <summary>Why a stream was reset.</summary>
internal enum SpdyStatus : uint
{
    ProtocolError = 1,
    InvalidStream = 2,
    RefusedStream = 3,
    UnsupportedVersion = 4,
    Cancel = 5,
    InternalError = 6,
    FlowControlError = 7,
    StreamInUse = 8,
    StreamAlreadyClosed = 9,
    InvalidCredentials = 10,
    FrameTooLarge = 11,
}

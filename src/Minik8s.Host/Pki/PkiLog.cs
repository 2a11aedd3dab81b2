using Microsoft.Extensions.Logging;

namespace Minik8s.Host.Pki;

internal static partial class PkiLog
{
    [LoggerMessage(1, LogLevel.Information, "Made a certificate authority for this cluster: {Path}")]
    public static partial void CaMade(ILogger logger, string path);

    [LoggerMessage(2, LogLevel.Information, "Issued the certificate {Name}, valid until {NotAfter:u}: {Cause}")]
    public static partial void Issued(ILogger logger, string name, DateTimeOffset notAfter, string cause);

    [LoggerMessage(3, LogLevel.Error, "Renewing certificates failed; the present ones stay in use and it is tried again in {Delay}")]
    public static partial void RenewalFailed(ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(4, LogLevel.Warning, "The certificate authority {Path} ends on {NotAfter:u}: plan to replace it")]
    public static partial void CaEndsSoon(ILogger logger, string path, DateTimeOffset notAfter);
}

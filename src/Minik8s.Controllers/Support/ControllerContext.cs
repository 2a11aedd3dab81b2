using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Support;

/// <summary>What every controller is made of.</summary>
internal sealed record ControllerContext(
    ControllerManagerOptions Options, KubeClient Client, InformerFactory Informers, IEventRecorder Events, ILoggerFactory Loggers, TimeProvider Time)
{
    public ILogger Logger(string name) => Loggers.CreateLogger($"Minik8s.Controllers.{name}");
}

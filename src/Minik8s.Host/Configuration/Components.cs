namespace Minik8s.Host.Configuration;

/// <summary>The parts of a cluster that a data directory has at most one process of, as locks and records name them.</summary>
internal static class Components
{
    /// <summary>The API server and what runs beside it.</summary>
    public const string Server = "server";

    public const string Scheduler = "scheduler";

    public const string ControllerManager = "controller-manager";

    /// <summary>The kubelet and what runs beside it.</summary>
    public const string Node = "node";

    public const string Proxy = "proxy";
}

namespace Minik8s.Controllers.Support;

/// <summary>One controller: a queue, its workers, and the informers that feed it.</summary>
internal interface IController
{
    /// <summary>The name in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Reconciles until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

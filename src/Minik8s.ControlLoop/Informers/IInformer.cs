namespace Minik8s.ControlLoop;

/// <summary>What all informers have in common, whatever they watch.</summary>
public interface IInformer
{
    /// <summary>What is watched, for logs.</summary>
    string Name { get; }

    /// <summary>Whether the first list is in the store and every handler has heard of it.</summary>
    bool HasSynced { get; }

    /// <summary>Waits for <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the store up to date until cancelled. It ends by itself only with a failure of a handler or of its own.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

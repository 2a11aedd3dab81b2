namespace Minik8s.ControlLoop;

/// <summary>A loop that has to run as long as its process ended.</summary>
public sealed class LoopFailedException(string name, Exception? cause)
    : Exception(cause is null ? $"the loop {name} returned before it was told to" : $"the loop {name} failed: {cause.Message}", cause)
{
    /// <summary>The loop's name.</summary>
    public string LoopName { get; } = name;
}

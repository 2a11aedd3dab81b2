namespace Minik8s.ApiServer.FlowControl;

/// <summary>The bounds of a <see cref="FairQueue"/>.</summary>
/// <param name="Seats">How many requests run at a time.</param>
/// <param name="QueueLength">How many may wait, all flows together.</param>
/// <param name="QueueLengthOfFlow">How many of one flow may wait.</param>
/// <param name="LongestWait">After which a request that waits is refused.</param>
internal sealed record FairQueueOptions(int Seats, int QueueLength, int QueueLengthOfFlow, TimeSpan LongestWait);

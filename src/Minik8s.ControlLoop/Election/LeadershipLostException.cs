namespace Minik8s.ControlLoop;

/// <summary>The lease could not be renewed in time: another instance may lead by now, so this one must end.</summary>
public sealed class LeadershipLostException(string lease, Exception? cause) : Exception($"the lease {lease} was lost", cause);

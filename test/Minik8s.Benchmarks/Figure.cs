namespace Minik8s.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">The result with its unit.</param>
/// <param name="Target">What it should be, or what others need.</param>
internal sealed record Figure(string What, string Value, string Target);

using Microsoft.Extensions.Time.Testing;

namespace Minik8s.Testing.Time;

/// <summary>Driving a loop by a fake clock.</summary>
public static class FakeTimeProviderExtensions
{
    /// <summary>Lets time pass step by step until the condition holds.</summary>
    public static Task AdvanceUntilAsync(this FakeTimeProvider clock, TimeSpan step, Func<bool> condition, string description) => Eventually.True(
        () =>
        {
            if (condition()) return Task.FromResult(true);
            clock.Advance(step);
            return Task.FromResult(false);
        },
        description);
}

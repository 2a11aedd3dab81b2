using Minik8s.Host.Configuration;

namespace Minik8s.Host.Commands;

/// <summary>Turns a <see cref="UsageException"/> into one line on standard error and exit code 2.</summary>
internal static class UsageErrors
{
    public static async Task<int> ReportAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync($"minik8s: {e.Message}");
            return 2;
        }
    }
}

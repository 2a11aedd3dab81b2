using System.CommandLine;
using Microsoft.Extensions.Logging;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;

namespace Minik8s.Host.Commands;

/// <summary>A command that runs roles in the foreground until a signal or a failure ends them.</summary>
internal static class RoleCommand
{
    /// <param name="name">The command's name.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="components">What no other process may run on the same data directory.</param>
    /// <param name="groups">The settings it takes, beside the common ones.</param>
    /// <param name="compose">Makes the roles in the order in which they start.</param>
    public static Command Create(
        string name,
        string description,
        IReadOnlyList<string> components,
        IEnumerable<IReadOnlyList<Option>> groups,
        Func<HostOptions, ILoggerFactory, IReadOnlyList<IRole>> compose)
    {
        var command = new Command(name, description);
        foreach (var option in groups.Prepend(SettingGroups.Common).SelectMany(g => g)) command.Options.Add(option);
        command.SetAction((result, _) => UsageErrors.ReportAsync(async () =>
        {
            var options = HostOptions.From(new SettingsReader(result));
            using var loggers = HostLogging.Create(options.LogLevel);
            using var signals = new Signals();
            var locks = new List<InstanceLock>();
            try
            {
                foreach (var component in components) locks.Add(InstanceLock.Acquire(options.Layout.Lock(component)));
                return await new RoleRunner(loggers.CreateLogger<RoleRunner>()).RunAsync(compose(options, loggers), signals.Stop);
            }
            finally
            {
                foreach (var held in locks) held.Dispose();
            }
        }));
        return command;
    }
}

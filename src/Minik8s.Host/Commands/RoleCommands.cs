using System.CommandLine;
using Minik8s.Host.Configuration;
using Minik8s.Host.Roles;

namespace Minik8s.Host.Commands;

/// <summary>The commands that run components, alone or together.</summary>
internal static class RoleCommands
{
    public static IEnumerable<Command> All =>
    [
        RoleCommand.Create(
            "apiserver",
            "Runs the API server on its embedded store.",
            [SettingGroups.ApiServer, SettingGroups.Node],
            (options, loggers, _) => Task.FromResult<IReadOnlyList<Lifetime.IRole>>([new ApiServerRole(options, loggers)])),
    ];
}

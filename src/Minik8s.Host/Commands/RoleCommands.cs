using System.CommandLine;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Roles;

namespace Minik8s.Host.Commands;

/// <summary>The commands that run components, alone or together.</summary>
internal static class RoleCommands
{
    public static IEnumerable<Command> All =>
    [
        RoleCommand.Create(
            "up",
            "Runs a whole cluster on this machine, in the foreground: control plane and node.",
            [SettingGroups.ApiServer, SettingGroups.Node, SettingGroups.Network],
            (options, loggers, _) => Task.FromResult(new Cluster(options, loggers).All())),
        RoleCommand.Create(
            "server",
            "Runs a control plane: API server, scheduler and controllers.",
            [SettingGroups.ApiServer, SettingGroups.Node, SettingGroups.Network],
            (options, loggers, _) => Task.FromResult(new Cluster(options, loggers).Server())),
        RoleCommand.Create(
            "apiserver",
            "Runs the API server alone, on its embedded store.",
            [SettingGroups.ApiServer, SettingGroups.Node],
            (options, loggers, _) => Task.FromResult<IReadOnlyList<IRole>>([new ApiServerRole(options, loggers)])),
    ];
}

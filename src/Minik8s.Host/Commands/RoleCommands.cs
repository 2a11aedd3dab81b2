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
            "up",
            "Runs a whole cluster on this machine, in the foreground: control plane and node.",
            [Components.Server, Components.Scheduler, Components.ControllerManager, Components.Node, Components.Proxy],
            [SettingGroups.ApiServer, SettingGroups.Node, SettingGroups.Network, SettingGroups.Proxy],
            (options, loggers) => new Cluster(options, loggers).All()),
        RoleCommand.Create(
            "server",
            "Runs a control plane: API server, scheduler and controllers.",
            [Components.Server, Components.Scheduler, Components.ControllerManager],
            [SettingGroups.ApiServer, SettingGroups.Network],
            (options, loggers) => new Cluster(options, loggers).Server()),
        RoleCommand.Create(
            "agent",
            "Runs a node of a cluster whose API server is elsewhere: kubelet and proxy.",
            [Components.Node, Components.Proxy],
            [SettingGroups.Client, SettingGroups.Node, SettingGroups.Network, SettingGroups.Proxy],
            (options, loggers) => new Cluster(options, loggers).Agent()),
        RoleCommand.Create(
            "apiserver",
            "Runs the API server alone.",
            [Components.Server],
            [SettingGroups.ApiServer, SettingGroups.Network],
            (options, loggers) => new Cluster(options, loggers).ApiServerAlone()),
        RoleCommand.Create(
            "scheduler",
            "Runs the scheduler alone.",
            [Components.Scheduler],
            [SettingGroups.Client],
            (options, loggers) => new Cluster(options, loggers).SchedulerAlone()),
        RoleCommand.Create(
            "controller-manager",
            "Runs the controllers alone.",
            [Components.ControllerManager],
            [SettingGroups.Client],
            (options, loggers) => new Cluster(options, loggers).ControllersAlone()),
        RoleCommand.Create(
            "kubelet",
            "Runs the kubelet alone.",
            [Components.Node],
            [SettingGroups.Client, SettingGroups.Node],
            (options, loggers) => new Cluster(options, loggers).KubeletAlone()),
        RoleCommand.Create(
            "proxy",
            "Runs the service proxy alone.",
            [Components.Proxy],
            [SettingGroups.Client, SettingGroups.NodeIdentity, SettingGroups.Network, SettingGroups.Proxy],
            (options, loggers) => new Cluster(options, loggers).ProxyAlone()),
    ];
}

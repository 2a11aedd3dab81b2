using System.CommandLine;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Store;
using Minik8s.Store.Embedded;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s snapshot</c>: backups of the embedded store.</summary>
internal static class SnapshotCommand
{
    public static Command Create()
    {
        var command = new Command("snapshot", "Saves, checks and restores the cluster's state. (A cluster on etcd is saved by etcdctl.)");
        command.Subcommands.Add(Save());
        command.Subcommands.Add(Check());
        command.Subcommands.Add(Restore());
        return command;
    }

    private static Command Save()
    {
        var file = new Argument<string>("file") { Description = "The file to write. It holds the cluster's secrets and is readable by its owner only." };
        var command = new Command("save", "Writes all state to a file, while the server runs. Keep the folder pki of the data directory with it.") { file, Settings.DataDir };
        return Run(command, result =>
        {
            var layout = LayoutOf(result);
            if (!File.Exists(layout.Store)) throw new UsageException($"there is no store in {layout.DataDir}; give the server's --data-dir. A cluster on etcd is saved by `etcdctl snapshot save`");
            var info = Snapshot.Save(layout.Store, Path.GetFullPath(result.GetValue(file)!));
            Console.WriteLine($"saved {Text(info)} to {result.GetValue(file)}");
        });
    }

    private static Command Check()
    {
        var file = new Argument<string>("file") { Description = "The snapshot." };
        return Run(new Command("check", "Reads a snapshot through and tells what it holds.") { file }, result => Console.WriteLine($"sound: {Text(Snapshot.Check(result.GetValue(file)!))}"));
    }

    private static Command Restore()
    {
        var file = new Argument<string>("file") { Description = "The snapshot." };
        var command = new Command("restore", "Puts a snapshot in the place of the state, while no server runs. What was there is kept beside it.") { file, Settings.DataDir };
        return Run(command, result =>
        {
            var layout = LayoutOf(result);
            if (InstanceLock.HolderOf(layout.Lock(Components.Server)) is { } process) throw new UsageException($"a server runs on {layout.DataDir} (process {process}); stop it first");
            var (info, former) = Snapshot.Restore(result.GetValue(file)!, layout.Store);
            Console.WriteLine($"restored {Text(info)}");
            if (former is not null) Console.WriteLine($"the former state is kept in {former}");
            Console.WriteLine("Start the server now. Other components may go on running: they list everything again.");
        });
    }

    private static Command Run(Command command, Action<ParseResult> action)
    {
        command.SetAction((result, _) => UsageErrors.ReportAsync(() =>
        {
            try
            {
                action(result);
                return Task.FromResult(0);
            }
            catch (StoreUnavailableException e)
            {
                throw new UsageException(e.Message);
            }
        }));
        return command;
    }

    private static Layout LayoutOf(ParseResult result)
    {
        var data = Path.GetFullPath(result.GetValue(Settings.DataDir)!);
        return new Layout(data, "", "", "", "");
    }

    private static string Text(SnapshotInfo info) => $"{info.Keys} {(info.Keys == 1 ? "key" : "keys")} at revision {info.Revision} ({info.Bytes / 1024.0:0.0} KiB)";
}

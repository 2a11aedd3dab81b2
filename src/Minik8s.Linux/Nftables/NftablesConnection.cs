using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Minik8s.Linux.Nftables;

/// <summary>Opens the way to nftables: the library where it is installed, else the program.</summary>
public static class NftablesConnection
{
    /// <summary>The kernel names the thread (of the library) or process (of the program) behind each transaction; these are ours.</summary>
    private static readonly ConcurrentDictionary<int, bool> Authors = new();

    /// <summary>A connection to the network namespace of the calling thread.</summary>
    public static INftables Open() =>
        NativeLibrary.TryLoad(LibraryNftables.Library, out _) ? new LibraryNftables() : new ProgramNftables();

    /// <summary>Runs commands once, on a connection of their own.</summary>
    /// <inheritdoc cref="INftables.Run" path="/exception"/>
    public static Task RunAsync(string commands, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = Open();
            connection.Run(commands);
        },
        cancellationToken);

    /// <summary>Whether a transaction was made by this process.</summary>
    internal static bool IsOwn(int author) => Authors.ContainsKey(author);

    internal static void AddAuthor(int id) => Authors.TryAdd(id, true);
}

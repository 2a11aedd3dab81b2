using System.Runtime.InteropServices;

namespace Minik8s.Testing.Cluster;

/// <summary>Makes sockets inside a network namespace: they stay there, whoever uses them later.</summary>
public static partial class NamespaceThread
{
    private const int NetworkNamespaceKind = 0x40000000; // CLONE_NEWNET

    public static T Run<T>(string ns, Func<T> make)
    {
        T? made = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/run/netns/{ns}");
                if (Enter(handle, NetworkNamespaceKind) != 0) throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                made = make();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        // The thread ends with its namespace, so that no other work runs there.
        thread.Start();
        thread.Join();
        return failure is null ? made! : throw new InvalidOperationException($"in {ns}: {failure.Message}", failure);
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int Enter(SafeHandle descriptor, int kind);
}

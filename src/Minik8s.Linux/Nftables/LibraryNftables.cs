using System.Runtime.InteropServices;

namespace Minik8s.Linux.Nftables;

/// <summary>nftables through libnftables: no process is started for a change.</summary>
internal sealed partial class LibraryNftables : INftables
{
    /// <summary>The library of the package libnftables1; its interface is stable under this name.</summary>
    internal const string Library = "libnftables.so.1";

    /// <summary>Listings leave out the elements of sets and maps.</summary>
    private const uint Terse = 1 << 11;

    private readonly Lock _lock = new();
    private nint _context;

    public LibraryNftables()
    {
        _context = NewContext(0);
        if (_context == 0) throw new NftablesException("libnftables made no context; the kernel may lack nf_tables");
        SetOutputFlags(_context, Terse);
        if (BufferOutput(_context) != 0 || BufferError(_context) != 0) throw new OutOfMemoryException("libnftables made no buffers");
    }

    public string Run(string commands)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_context == 0, this);
            NftablesConnection.AddAuthor(ThreadId());
            var code = RunCommands(_context, commands);
            // Reading a buffer also empties it.
            var output = Marshal.PtrToStringUTF8(OutputBuffer(_context)) ?? "";
            var error = Marshal.PtrToStringUTF8(ErrorBuffer(_context)) ?? "";
            return code == 0 ? output : throw new NftablesException(error.Trim());
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_context != 0) FreeContext(_context);
            _context = 0;
        }
    }

    [LibraryImport(Library, EntryPoint = "nft_ctx_new")]
    private static partial nint NewContext(uint flags);

    [LibraryImport(Library, EntryPoint = "nft_ctx_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_output_set_flags")]
    private static partial void SetOutputFlags(nint context, uint flags);

    [LibraryImport(Library, EntryPoint = "nft_ctx_buffer_output")]
    private static partial int BufferOutput(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_buffer_error")]
    private static partial int BufferError(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_get_output_buffer")]
    private static partial nint OutputBuffer(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_get_error_buffer")]
    private static partial nint ErrorBuffer(nint context);

    [LibraryImport(Library, EntryPoint = "nft_run_cmd_from_buffer", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RunCommands(nint context, string commands);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int ThreadId();
}

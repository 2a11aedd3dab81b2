namespace Minik8s.Store.Embedded.Sqlite;

/// <summary>A call of SQLite failed. Never leaves the engine: callers see <see cref="StoreUnavailableException"/>.</summary>
internal sealed class SqliteFailureException(int code, string message) : Exception(message)
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    /// <summary>The extended result code; its low byte is the primary one (https://sqlite.org/rescode.html).</summary>
    public int Code { get; } = code;

    public bool IsDamage => (Code & 0xFF) is Corrupt or NotADatabase;
}

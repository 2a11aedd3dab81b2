using Microsoft.Data.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// Decides up to where history may go and removes it in small steps between groups, so that no write waits long and the file stays proportional to
/// what is alive. Used by the writer thread alone.
/// </summary>
internal sealed class Compactor(SqliteConnection connection, EmbeddedStoreOptions options, long floor)
{
    private const int Step = 500;
    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(10);

    // When which revision was the newest: the oldest sample that has outlived the retention gives the next floor.
    private readonly Queue<(DateTimeOffset At, long Revision)> _samples = new();
    private DateTimeOffset _lastSample = DateTimeOffset.MinValue;
    private long _target = floor;
    private long _done = floor;

    /// <summary>Reads and watches below this revision are refused.</summary>
    public long Floor => _done;

    /// <summary>When there will be something to do; null when nothing is waiting.</summary>
    public DateTimeOffset? Due => _samples.Count == 0 ? null : _samples.Peek().At + options.HistoryRetention;

    public bool HasWork => _done < _target;

    public void Committed(DateTimeOffset now, long revision)
    {
        if (now - _lastSample >= SampleEvery)
        {
            _samples.Enqueue((now, revision));
            _lastSample = now;
        }

        Raise(revision - options.MaxHistoryRevisions);
    }

    public void Look(DateTimeOffset now)
    {
        while (_samples.TryPeek(out var sample) && sample.At + options.HistoryRetention <= now)
        {
            _samples.Dequeue();
            Raise(sample.Revision);
        }
    }

    public void Raise(long target) => _target = Math.Max(_target, target);

    /// <summary>One step, within a transaction of its own.</summary>
    public void RunStep()
    {
        var upTo = Math.Min(_target, _done + Step);
        connection.InTransaction(() =>
        {
            Delete("DELETE FROM history WHERE revision IN (SELECT previous FROM history WHERE revision > $from AND revision <= $to AND previous > 0)", _done, upTo);
            Delete("DELETE FROM history WHERE revision > $from AND revision <= $to AND value IS NULL", _done, upTo);
            connection.Execute($"UPDATE meta SET value = {upTo} WHERE name = 'floor'");
        });
        _done = upTo;
        if (!HasWork) connection.Execute("PRAGMA incremental_vacuum(256)");
    }

    private void Delete(string sql, long from, long to)
    {
        using var command = connection.Prepared(sql, "$from", "$to");
        command.With(0, from).With(1, to).ExecuteNonQuery();
    }
}

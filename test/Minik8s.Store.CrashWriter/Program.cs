using System.Globalization;
using System.Text;
using Minik8s.Store;
using Minik8s.Store.CrashWriter;
using Minik8s.Store.Embedded;

// Writes to a store until it is killed and prints each acknowledged write as a line "revision key number" ("-" for a delete).
// usage: <database file> <round> <writers> keep|compact
var round = long.Parse(args[1], CultureInfo.InvariantCulture);
var writers = int.Parse(args[2], CultureInfo.InvariantCulture);
var options = new EmbeddedStoreOptions { Path = args[0], MaxHistoryRevisions = 10_000_000 };
// Compaction, checkpoints and reuse of the log all happen many times a second, so that kills hit them.
if (args[3] == "compact") options = options with { MaxHistoryRevisions = 100, CheckpointPages = 50 };

await using var store = await EmbeddedStore.OpenAsync(options, null, default);
await using var output = Console.OpenStandardOutput();
var gate = new Lock();
await Task.WhenAny(Enumerable.Range(0, writers).Select(w => Task.Run(() => Write(w))));
return 1;

async Task Write(int writer)
{
    var random = new Random((int)(round * 1000) + writer);
    for (var n = 0L; ; n++)
    {
        var key = $"/crash/{writer}/{random.Next(20)}";
        var number = (((round * 1000) + writer) * 10_000_000) + n;
        var delete = random.Next(5) == 0;
        var result = await store.WriteAsync(new WriteRequest(key, delete ? (ReadOnlyMemory<byte>?)null : CrashValue.Make(number), null), default);
        // The delete of an absent key is acknowledged without a revision.
        if (delete && result.Current is null) continue;
        var line = Encoding.ASCII.GetBytes($"{result.Revision} {key} {(delete ? "-" : number.ToString(CultureInfo.InvariantCulture))}\n");
        lock (gate) output.Write(line);
    }
}

using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Minik8s.Store.Etcd;

/// <summary>
/// Forgets history that is older than the interval. Of several servers on one etcd one does it each time: who advances the version of a common key, which also
/// tells the others where it is (as https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/storage/etcd3/compact.go does it).
/// </summary>
internal sealed partial class EtcdCompactor(EtcdConnection connection, EtcdKeys keys, TimeSpan interval, TimeProvider time, Func<long, Task> compact, ILogger logger)
{
    /// <summary>The common key, below the prefix.</summary>
    public const string Key = "compact_rev_key";

    public async Task RunAsync(CancellationToken stopping)
    {
        var (version, revision) = (0L, 0L);
        while (true)
        {
            try
            {
                await Task.Delay(interval, time, stopping);
                (version, revision) = await RoundAsync(version, revision);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is StoreUnavailableException or RpcException)
            {
                if (stopping.IsCancellationRequested) return;
                LogFailed(e.Message);
            }
        }
    }

    /// <summary>One round: with the version and the revision that the last one has left, the next version and revision.</summary>
    private async Task<(long Version, long Revision)> RoundAsync(long version, long revision)
    {
        var key = keys.Key(Key);
        var request = new Wire.TxnRequest();
        request.Compare.Add(new Wire.Compare { Key = key, Target = Wire.Compare.Types.CompareTarget.Version, Result = Wire.Compare.Types.CompareResult.Equal, Version = version });
        request.Success.Add(new Wire.RequestOp { RequestPut = new Wire.PutRequest { Key = key, Value = ByteString.CopyFromUtf8($"{revision}") } });
        request.Failure.Add(new Wire.RequestOp { RequestRange = new Wire.RangeRequest { Key = key } });
        var answer = await connection.WriteAsync((member, options) => new Wire.KV.KVClient(member).TxnAsync(request, options));
        if (!answer.Succeeded)
        {
            // Another server was first; this one tries again from there the next time.
            return (answer.Responses[0].ResponseRange.Kvs is [var found, ..] ? found.Version : 0, answer.Header.Revision);
        }

        if (revision > 0)
        {
            await compact(revision);
            LogCompacted(revision);
        }

        return (version + 1, answer.Header.Revision);
    }

    [LoggerMessage(LogLevel.Debug, "History up to revision {Revision} was forgotten")]
    private partial void LogCompacted(long revision);

    [LoggerMessage(LogLevel.Warning, "History could not be forgotten; it is tried again: {Reason}")]
    private partial void LogFailed(string reason);
}

using System.Text;
using Microsoft.Extensions.Logging;
using Minik8s.Store;

namespace Minik8s.ApiServer.Services;

/// <summary>
/// Claims of scarce values in a store that several servers share: between drawing a value and writing the object that holds it, a claim keeps the other servers
/// from drawing it too. A claim ends by itself, long after any request has ended; by then the object's own events tell who holds the value.
/// </summary>
internal sealed partial class SharedClaims(IStore store, ILogger logger)
{
    private const string Prefix = "/registry/serviceclaims/";

    // A request takes no more than a minute; neither does one that has looked at the objects just before another was written.
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(3);

    /// <summary>Claims a value; false when another owner's claim is there.</summary>
    /// <param name="kind">What kind of value it is.</param>
    /// <param name="value">The value.</param>
    /// <param name="owner">The namespace and name of the object that is to hold it.</param>
    /// <param name="uid">Its uid: an object of the same name that is made anew takes over what its predecessor has left.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async ValueTask<bool> TryAsync(string kind, string value, string owner, string uid, CancellationToken cancellationToken)
    {
        var key = $"{Prefix}{kind}/{value}";
        var mine = Encoding.UTF8.GetBytes($"{owner} {uid}");
        while (true)
        {
            var result = await store.WriteAsync(new WriteRequest(key, mine, 0, Life), cancellationToken);
            if (result.Succeeded) return true;
            if (result.Current is not { } present) continue;
            if (!Encoding.UTF8.GetString(present.Value.Span).StartsWith(owner + " ", StringComparison.Ordinal)) return false;
            if ((await store.WriteAsync(new WriteRequest(key, mine, present.ModRevision, Life), cancellationToken)).Succeeded) return true;
        }
    }

    /// <summary>Gives back what an object that is gone has claimed, if its claim is still there.</summary>
    public async Task ReleaseAsync(string kind, string value, string uid)
    {
        var key = $"{Prefix}{kind}/{value}";
        try
        {
            if ((await store.RangeAsync(new RangeQuery(key), default)).Items.SingleOrDefault() is not { } present) return;
            if (Encoding.UTF8.GetString(present.Value.Span).EndsWith(" " + uid, StringComparison.Ordinal)) await store.WriteAsync(new WriteRequest(key, null, present.ModRevision), default);
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectDisposedException or OperationCanceledException)
        {
            // It ends by itself.
            LogKept(key, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The claim {Key} is left to its end: {Reason}")]
    private partial void LogKept(string key, string reason);
}

using Minik8s.Proxy.Model;

namespace Minik8s.Proxy.Rules;

/// <summary>Gives endpoints places 0…n-1.</summary>
internal static class Places
{
    /// <summary>Endpoints keep their places; new ones take free places; where there are fewer than before, the last ones move into the gaps.</summary>
    public static IReadOnlyList<ProxyEndpoint> Arrange(IReadOnlyList<ProxyEndpoint> before, IReadOnlyList<ProxyEndpoint> now)
    {
        if (before.Count == 0) return now;
        var waiting = now.ToDictionary(e => e.Target);
        var places = new ProxyEndpoint?[now.Count];
        for (var i = 0; i < Math.Min(before.Count, now.Count); i++)
        {
            if (waiting.Remove(before[i].Target, out var same)) places[i] = same;
        }

        using var rest = now.Where(e => waiting.ContainsKey(e.Target)).GetEnumerator();
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] is null && rest.MoveNext()) places[i] = rest.Current;
        }

        return places!;
    }
}

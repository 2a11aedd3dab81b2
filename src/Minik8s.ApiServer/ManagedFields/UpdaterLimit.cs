namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Bounds the number of entries from updates: the oldest of each version are put together under one name.</summary>
internal static class UpdaterLimit
{
    private const int MaxUpdaters = 10;
    private const string OldUpdates = "ancient-changes";

    public static void Enforce(Managers managers)
    {
        var updaters = managers.All.Where(m => !m.Key.Applies)
            .OrderBy(m => m.Value.Time ?? "", StringComparer.Ordinal)
            .ThenBy(m => m.Key.Manager, StringComparer.Ordinal)
            .ThenBy(m => m.Key.ApiVersion, StringComparer.Ordinal)
            .ThenBy(m => m.Key.Subresource, StringComparer.Ordinal)
            .ToList();
        var count = updaters.Count;
        var first = new Dictionary<string, ManagerKey>();
        foreach (var (key, set) in updaters)
        {
            if (count <= MaxUpdaters) return;
            if (first.TryAdd(set.ApiVersion, key)) continue;
            var bucket = ManagerKey.Updater(OldUpdates, set.ApiVersion, "");
            if (managers[bucket] is null)
            {
                managers[bucket] = managers[first[set.ApiVersion]];
                managers[first[set.ApiVersion]] = null;
            }

            // The later time stands for both.
            var together = managers[bucket]!.Fields.Union(set.Fields);
            if (key != bucket) managers[key] = null;
            managers[bucket] = new(together, set.ApiVersion, set.Time);
            count--;
        }
    }
}

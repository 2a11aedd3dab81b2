using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Endpoints;

/// <summary>
/// Remembers what was written until the informer shows it. Slices have generated names: working from a store that does not yet have the last one
/// would make it again.
/// </summary>
internal sealed class SliceTracker
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Dictionary<string, string?>> _expected = [];

    public void Written(ObjectKey service, V1EndpointSlice slice) => Expect(service, slice.Metadata.Name, slice.Metadata.ResourceVersion);

    public void Deleted(ObjectKey service, V1EndpointSlice slice) => Expect(service, slice.Metadata.Name, null);

    /// <summary>Forgets a service, for example because a write of its slices failed and the store alone counts.</summary>
    public void Forget(ObjectKey service)
    {
        lock (_lock) _expected.Remove(service);
    }

    /// <summary>Whether the store shows every write so far.</summary>
    public bool IsCurrent(ObjectKey service, IReadOnlyList<V1EndpointSlice> present)
    {
        lock (_lock)
        {
            if (!_expected.TryGetValue(service, out var expected)) return true;
            foreach (var (name, version) in expected.ToList())
            {
                var found = present.FirstOrDefault(s => s.Metadata.Name == name);
                var shown = version is null ? found is null : found is not null && IsAtLeast(found.Metadata.ResourceVersion, version);
                if (shown) expected.Remove(name);
            }

            if (expected.Count > 0) return false;
            _expected.Remove(service);
            return true;
        }
    }

    private static bool IsAtLeast(string version, string wanted) => ulong.TryParse(version, out var a) && ulong.TryParse(wanted, out var b) ? a >= b : version == wanted;

    private void Expect(ObjectKey service, string name, string? version)
    {
        lock (_lock)
        {
            if (!_expected.TryGetValue(service, out var expected)) _expected.Add(service, expected = []);
            expected[name] = version;
        }
    }
}

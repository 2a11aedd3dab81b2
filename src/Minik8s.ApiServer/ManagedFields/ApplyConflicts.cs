using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>The fields that others manage with values other than those to be applied.</summary>
internal sealed class ApplyConflicts(IReadOnlyList<(ManagerKey Manager, FieldSet Fields)> conflicts)
{
    private const int MaxShown = 1000;

    public static ApplyConflicts None { get; } = new([]);

    public bool Any => conflicts.Count > 0;

    /// <summary>The conflicts about other fields than these.</summary>
    public ApplyConflicts Except(FieldSet allowed) =>
        new([.. conflicts.Select(c => (c.Manager, Fields: c.Fields.Difference(allowed))).Where(c => !c.Fields.IsEmpty)]);

    /// <summary>409 with a cause for each field, as Kubernetes words it.</summary>
    public StatusException ToException()
    {
        var all = conflicts
            .SelectMany(c => c.Fields.Paths().Select(p => (Manager: c.Manager.ToString(), Path: FieldSet.Show(p))))
            .OrderBy(c => c.Manager, StringComparer.Ordinal)
            .ToList();
        var causes = all.Take(MaxShown).Select(c => new StatusCause("FieldManagerConflict", $"conflict with {c.Manager}", c.Path)).ToList();
        var message = all is [var only]
            ? $"Apply failed with 1 conflict: conflict with {only.Manager}: {only.Path}"
            : $"Apply failed with {all.Count} conflicts: " + string.Join('\n', all.Take(MaxShown).GroupBy(c => c.Manager)
                .Select(g => $"conflicts with {g.Key}:\n" + string.Join('\n', g.Select(c => $"- {c.Path}"))));
        return new(409, StatusReason.Conflict, message, new StatusDetails(Causes: causes));
    }
}

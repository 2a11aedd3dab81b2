using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Deployments;

/// <summary>One pass over one Deployment: its ReplicaSets as they are known, and the steps that change them. A step works on what the one before has written.</summary>
internal sealed class Rollout(
    V1Deployment deployment, List<V1ReplicaSet> all, ResourceClient<V1Deployment> client, ResourceClient<V1ReplicaSet> replicaSets, IEventRecorder events, TimeProvider time)
{
    private V1Deployment _deployment = deployment;

    /// <summary>The ReplicaSet of the present template; null before there is one.</summary>
    public V1ReplicaSet? Current { get; private set; }

    /// <summary>Those of former templates.</summary>
    public List<V1ReplicaSet> Old { get; private set; } = [];

    public bool IsComplete => DeploymentStatus.IsComplete(_deployment, _deployment.Status);

    private List<V1ReplicaSet> All => Current is null ? Old : [.. Old, Current];

    private int Wanted => RolloutLimits.Replicas(_deployment);

    /// <summary>Tells on the Deployment that it was paused or resumed, so that the pause does not count against its deadline.</summary>
    public async Task NotePauseAsync(CancellationToken cancellationToken)
    {
        if (!DeploymentStatus.HasDeadline(_deployment)) return;
        var progress = DeploymentConditions.Find(_deployment.Status?.Conditions, DeploymentConditions.Progressing);
        if (progress?.Reason == DeploymentConditions.TimedOut) return;
        var noted = progress?.Reason == DeploymentConditions.Paused;
        if (_deployment.Spec.Paused == true && !noted) await SayAsync("Unknown", DeploymentConditions.Paused, "Deployment is paused", cancellationToken);
        else if (_deployment.Spec.Paused != true && noted) await SayAsync("Unknown", DeploymentConditions.Resumed, "Deployment is resumed", cancellationToken);
    }

    /// <summary>Sorts the ReplicaSets into the present one and old ones, brings the present one's annotations up to date, and makes it where it is missing and wanted.</summary>
    public async Task FindAsync(bool create, CancellationToken cancellationToken)
    {
        Current = ReplicaSetObjects.FindNew(_deployment, all);
        Old = [.. all.Where(rs => rs.Metadata.Uid != Current?.Metadata.Uid)];
        var revision = Old.Select(rs => RevisionAnnotations.Of(rs.Metadata)).DefaultIfEmpty(0).Max() + 1;
        if (Current is not null) await AdjustAsync(Current, revision, cancellationToken);
        else if (create) await CreateAsync(revision, cancellationToken);
    }

    /// <summary>Makes the present ReplicaSet as large as it may be now.</summary>
    public async Task<bool> GrowNewAsync(CancellationToken cancellationToken)
    {
        var size = ScalePlan.Size(Current!);
        if (size == Wanted) return false;
        return await ResizeAsync(Current!, size > Wanted ? Wanted : ScalePlan.NewSize(_deployment, Old, size), cancellationToken);
    }

    /// <summary>Makes the old ReplicaSets as small as they may be now.</summary>
    public async Task<bool> ShrinkOldAsync(CancellationToken cancellationToken)
    {
        var plan = ScalePlan.ShrinkOld(_deployment, Old, Current!);
        foreach (var (rs, size) in plan) await ResizeAsync(rs, size, cancellationToken);
        return plan.Count > 0;
    }

    /// <summary>Stops all old pods at once.</summary>
    public async Task<bool> StopOldAsync(CancellationToken cancellationToken)
    {
        var running = Old.Where(rs => ScalePlan.Size(rs) > 0).ToList();
        foreach (var rs in running) await ResizeAsync(rs, 0, cancellationToken);
        return running.Count > 0;
    }

    /// <summary>Scales without rolling: the Deployment is paused, or its number changed.</summary>
    public async Task ScaleProportionallyAsync(CancellationToken cancellationToken)
    {
        var active = All.Where(rs => ScalePlan.Size(rs) > 0).ToList();
        var only = active.Count switch
        {
            0 => Current ?? ReplicaSetObjects.ByAge(Old).LastOrDefault(),
            1 => active[0],
            _ => null,
        };
        if (only is not null)
        {
            if (ScalePlan.Size(only) != Wanted) await ResizeAsync(only, Wanted, cancellationToken);
            else if (!SizesNoted(only)) await ResizeAsync(only, Wanted, cancellationToken);
            return;
        }

        // The rollout was done but for this: the old ones are not needed any more.
        if (Current is not null && ScalePlan.Size(Current) == Wanted
            && RevisionAnnotations.Number(Current.Metadata, RevisionAnnotations.DesiredReplicas) == Wanted && (Current.Status?.AvailableReplicas ?? 0) == Wanted)
        {
            await StopOldAsync(cancellationToken);
            return;
        }

        if (!RolloutLimits.IsRolling(_deployment)) return;
        foreach (var (rs, size) in ScalePlan.Proportional(_deployment, active)) await ResizeAsync(rs, size, cancellationToken);
    }

    /// <summary>Deletes old ReplicaSets without pods beyond the number that is kept for rolling back.</summary>
    public async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        if (_deployment.Spec.RevisionHistoryLimit is not { } limit || limit == int.MaxValue) return;
        var alive = Old.Where(rs => rs.Metadata.DeletionTimestamp is null).OrderBy(rs => RevisionAnnotations.Of(rs.Metadata)).ThenBy(rs => rs.Metadata.CreationTimestamp).ToList();
        foreach (var rs in alive.Take(Math.Max(0, alive.Count - limit)))
        {
            if ((rs.Status?.Replicas ?? 0) != 0 || ScalePlan.Size(rs) != 0 || (rs.Metadata.Generation ?? 0) > (rs.Status?.ObservedGeneration ?? 0)) continue;
            try
            {
                await replicaSets.DeleteAsync(rs.Metadata.Name, rs.Metadata.NamespaceProperty, new DeleteOptions { Uid = rs.Metadata.Uid }, cancellationToken);
            }
            catch (ApiException e) when (e.IsNotFound)
            {
                // Someone was quicker.
            }
        }
    }

    public async Task<ReconcileResult> WriteStatusAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(DeploymentStatus.Make(_deployment, All, Current, time.GetUtcNow()), cancellationToken);
        return ReconcileResult.Done;
    }

    public async Task<ReconcileResult> WriteRolloutStatusAsync(CancellationToken cancellationToken)
    {
        var status = DeploymentStatus.MakeForRollout(_deployment, All, Current, time.GetUtcNow());
        await WriteAsync(status, cancellationToken);
        return DeploymentStatus.NextCheck(_deployment, status, time.GetUtcNow()) is { } next ? ReconcileResult.After(next) : ReconcileResult.Done;
    }

    private async Task WriteAsync(V1DeploymentStatus status, CancellationToken cancellationToken)
    {
        if (!DeploymentStatus.Same(_deployment.Status, status)) await UpdateStatusAsync(_deployment with { Status = status }, cancellationToken);
    }

    private async Task AdjustAsync(V1ReplicaSet present, long revision, CancellationToken cancellationToken)
    {
        var annotations = RevisionAnnotations.Current(_deployment, present, revision);
        var ready = _deployment.Spec.MinReadySeconds ?? 0;
        if (!RevisionAnnotations.Same(present.Metadata.Annotations, annotations) || (present.Spec.MinReadySeconds ?? 0) != ready)
        {
            Current = await UpdateAsync(
                present with { Metadata = present.Metadata with { Annotations = annotations }, Spec = present.Spec with { MinReadySeconds = ready } }, cancellationToken);
        }

        var progress = DeploymentConditions.Find(_deployment.Status?.Conditions, DeploymentConditions.Progressing);
        var found = DeploymentStatus.HasDeadline(_deployment) && progress is null;
        await NoteAsync(
            annotations[RevisionAnnotations.Revision],
            found ? (DeploymentConditions.FoundNewReplicaSet, $"Found new replica set \"{present.Metadata.Name}\"") : null,
            cancellationToken);
    }

    private async Task CreateAsync(long revision, CancellationToken cancellationToken)
    {
        var made = ReplicaSetObjects.Make(_deployment, revision);
        made.Spec.Replicas = ScalePlan.NewSize(_deployment, Old, 0);
        var existed = false;
        try
        {
            Current = await replicaSets.CreateAsync(made, cancellationToken);
        }
        catch (ApiException e) when (e.IsAlreadyExists)
        {
            var present = await replicaSets.FindAsync(made.Metadata.Name, made.Metadata.NamespaceProperty, cancellationToken);
            if (present is null || OwnerReferences.Controller(present.Metadata)?.Uid != _deployment.Metadata.Uid || !ReplicaSetObjects.SameTemplate(present.Spec.Template, _deployment.Spec.Template))
            {
                // Another template has the same hash, or the name is taken: the next try counts one collision more, and has another name.
                await CountCollisionAsync(cancellationToken);
                throw;
            }

            // It is the one wanted, which the cache does not show yet.
            Current = present;
            existed = true;
        }
        catch (ApiException e) when (!ApiFailures.IsNamespaceTerminating(e))
        {
            var message = $"Failed to create new replica set \"{made.Metadata.Name}\": {e.Message}";
            if (DeploymentStatus.HasDeadline(_deployment)) await SayAsync("False", DeploymentConditions.ReplicaSetCreateError, message, cancellationToken);
            events.Warning(_deployment, DeploymentConditions.ReplicaSetCreateError, message);
            throw;
        }

        if (!existed && ScalePlan.Size(Current) > 0) events.Normal(_deployment, "ScalingReplicaSet", $"Scaled up replica set {Current.Metadata.Name} from 0 to {ScalePlan.Size(Current)}");
        all = [.. all.Where(rs => rs.Metadata.Uid != Current.Metadata.Uid), Current];
        await NoteAsync(
            revision.ToString(System.Globalization.CultureInfo.InvariantCulture),
            !existed && DeploymentStatus.HasDeadline(_deployment) ? (DeploymentConditions.NewReplicaSetCreated, $"Created new replica set \"{Current.Metadata.Name}\"") : null,
            cancellationToken);
    }

    private Task CountCollisionAsync(CancellationToken cancellationToken)
    {
        var status = (_deployment.Status ?? new V1DeploymentStatus()) with { CollisionCount = (_deployment.Status?.CollisionCount ?? 0) + 1 };
        return UpdateStatusAsync(_deployment with { Status = status }, cancellationToken);
    }

    /// <summary>Writes the revision, which <c>kubectl rollout</c> reads from the Deployment, and what happened to its new ReplicaSet.</summary>
    private async Task NoteAsync(string revision, (string Reason, string Message)? progress, CancellationToken cancellationToken)
    {
        var annotations = new Dictionary<string, string>(_deployment.Metadata.Annotations ?? new Dictionary<string, string>()) { [RevisionAnnotations.Revision] = revision };
        var changed = !RevisionAnnotations.Same(_deployment.Metadata.Annotations, annotations);
        if (!changed && progress is null) return;
        var status = _deployment.Status ?? new V1DeploymentStatus();
        if (progress is var (reason, message))
        {
            status = status with
            {
                Conditions = DeploymentConditions.With(status.Conditions, DeploymentConditions.Make(DeploymentConditions.Progressing, "True", reason, message, time.GetUtcNow())),
            };
        }

        await UpdateStatusAsync(_deployment with { Metadata = _deployment.Metadata with { Annotations = annotations }, Status = status }, cancellationToken);
    }

    private Task SayAsync(string conditionStatus, string reason, string message, CancellationToken cancellationToken)
    {
        var status = _deployment.Status ?? new V1DeploymentStatus();
        var condition = DeploymentConditions.Make(DeploymentConditions.Progressing, conditionStatus, reason, message, time.GetUtcNow());
        return UpdateStatusAsync(_deployment with { Status = status with { Conditions = DeploymentConditions.With(status.Conditions, condition) } }, cancellationToken);
    }

    private async Task UpdateStatusAsync(V1Deployment wanted, CancellationToken cancellationToken) => _deployment = await client.UpdateStatusAsync(wanted, cancellationToken);

    private bool SizesNoted(V1ReplicaSet rs) => RevisionAnnotations.Same(rs.Metadata.Annotations, RevisionAnnotations.WithSizes(rs.Metadata.Annotations, _deployment));

    private async Task<bool> ResizeAsync(V1ReplicaSet rs, int size, CancellationToken cancellationToken)
    {
        var before = ScalePlan.Size(rs);
        if (before == size && SizesNoted(rs)) return false;
        await UpdateAsync(
            rs with
            {
                Metadata = rs.Metadata with { Annotations = RevisionAnnotations.WithSizes(rs.Metadata.Annotations, _deployment) },
                Spec = rs.Spec with { Replicas = size },
            },
            cancellationToken);
        if (before == size) return false;
        events.Normal(_deployment, "ScalingReplicaSet", $"Scaled {(size > before ? "up" : "down")} replica set {rs.Metadata.Name} from {before} to {size}");
        return true;
    }

    private async Task<V1ReplicaSet> UpdateAsync(V1ReplicaSet wanted, CancellationToken cancellationToken)
    {
        var written = await replicaSets.UpdateAsync(wanted, cancellationToken);
        V1ReplicaSet Newest(V1ReplicaSet rs) => rs.Metadata.Uid == written.Metadata.Uid ? written : rs;
        all = [.. all.Select(Newest)];
        Old = [.. Old.Select(Newest)];
        if (Current is not null) Current = Newest(Current);
        return written;
    }
}

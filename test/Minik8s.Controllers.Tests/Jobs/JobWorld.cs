using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Jobs;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.Jobs;

/// <summary>One job named <c>work</c>, its controller, and the part of the kubelet.</summary>
internal sealed class JobWorld : IDisposable
{
    private static readonly ObjectKey Key = new("default", "work");

    private readonly ObjectStore<V1Pod> _pods;
    private readonly ObjectStore<V1Job> _jobs;
    private readonly Expectations _expectations;
    private readonly JobMemory _memory = new();
    private JobReconciler _reconciler;

    public JobWorld()
    {
        _pods = Table.Indexed<V1Pod>();
        _jobs = Table.Cache<V1Job>();
        _expectations = new Expectations(Table.Clock);
        _reconciler = Make(_expectations, _memory);
    }

    public ReconcileTable Table { get; } = new();

    public V1Job Job => Table.Api.Find<V1Job>("work")!;

    public IReadOnlyList<V1Pod> Pods => Table.Api.All<V1Pod>();

    public IReadOnlyList<V1Pod> Active => [.. Pods.Where(PodStates.IsActive)];

    /// <summary>active, ready, succeeded, failed, terminating.</summary>
    public string Counts => $"{Job.Status.Active ?? 0} {Job.Status.Ready ?? 0} {Job.Status.Succeeded ?? 0} {Job.Status.Failed ?? 0} {Job.Status.Terminating ?? 0}";

    /// <summary>The conditions that hold, with their reasons.</summary>
    public string Conditions => string.Join(' ', (Job.Status.Conditions ?? []).Where(c => c.Status == "True").Select(c => $"{c.Type}:{c.Reason}"));

    public void Given(Action<V1JobSpec>? change = null)
    {
        var labels = new Dictionary<string, string> { ["job"] = "work" };
        var template = WorkloadObjects.Template();
        template.Metadata.Labels = labels;
        template.Spec.RestartPolicy = "Never";
        var spec = new V1JobSpec { Selector = new V1LabelSelector { MatchLabels = labels }, Template = template, ManualSelector = true };
        change?.Invoke(spec);
        Table.Given(new V1Job { Metadata = new V1ObjectMeta { Name = "work", NamespaceProperty = "default" }, Spec = spec });
    }

    public void Change(Action<V1JobSpec> change)
    {
        var job = Job;
        change(job.Spec);
        Table.Given(job);
    }

    /// <summary>Reconciles with the caches as they are.</summary>
    public Task<ReconcileResult> ReconcileAsync() => _reconciler.ReconcileAsync(Key, TestContext.Current.CancellationToken);

    /// <summary>Shows the controller all that is.</summary>
    public void Sync()
    {
        Table.Sync();
        foreach (var pod in Pods)
        {
            if (!JobPodFacts.IsTracked(pod)) _memory.ReleaseObserved(Key, pod.Metadata.Uid);
        }

        _expectations.Forget(Key);
    }

    /// <summary>Reconciles with true caches until nothing changes.</summary>
    public async Task<ReconcileResult> SettleAsync()
    {
        for (var pass = 0; pass < 20; pass++)
        {
            Sync();
            var before = Table.Api.Writes.Count;
            var result = await ReconcileAsync();
            if (Table.Api.Writes.Count == before) return result;
        }

        throw new InvalidOperationException("the job does not come to rest: " + string.Join('\n', Table.Writes));
    }

    /// <summary>Another process takes over: nothing is remembered.</summary>
    public void Restart() => _reconciler = Make(new Expectations(Table.Clock), new JobMemory());

    public void Run(V1Pod pod) => Table.Run(p => p.Metadata.Name == pod.Metadata.Name);

    public void Succeed(V1Pod pod) => End(pod, "Succeeded", 0);

    public void Fail(V1Pod pod, int exitCode = 1, string? condition = null) => End(pod, "Failed", exitCode, condition);

    /// <summary>The kubelet is done with pods on their way out.</summary>
    public async Task CollectAsync()
    {
        foreach (var pod in Pods.Where(PodStates.IsTerminating))
        {
            await Table.Api.Client.Resource<V1Pod>().DeleteAsync(pod.Metadata.Name, "default", new DeleteOptions { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => Table.Dispose();

    private JobReconciler Make(Expectations expectations, JobMemory memory) => new(_jobs, _pods, Table.Api.Client, Table.Events, expectations, memory, Table.Clock);

    private void End(V1Pod pod, string phase, int exitCode, string? condition = null)
    {
        pod = Table.Api.Find<V1Pod>(pod.Metadata.Name)!;
        pod.Status = new V1PodStatus
        {
            Phase = phase,
            Conditions = condition is null ? null : [new V1PodCondition { Type = condition, Status = "True" }],
            ContainerStatuses =
            [
                new V1ContainerStatus
                {
                    Name = "main", Image = "busybox", ImageID = "",
                    State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = exitCode, FinishedAt = Table.Clock.GetUtcNow().UtcDateTime } },
                },
            ],
        };
        Table.Api.Put(pod);
    }
}

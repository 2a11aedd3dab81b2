using Grpc.Core;
using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Runtime;

namespace Minik8s.Kubelet.Images;

/// <summary>Sees to it that a container's image is there, by its pull policy, and says in the kubelet's words why it is not.</summary>
internal sealed class ImagePuller(ContainerRuntime runtime, PullCredentials credentials, IEventRecorder events, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, (DateTimeOffset Until, TimeSpan Delay, string Error)> _backOff = [];

    /// <summary>The id of the image.</summary>
    /// <exception cref="ImageUnavailableException">It is not to be had now.</exception>
    public async Task<string> EnsureAsync(V1Pod pod, V1Container container, CancellationToken cancellationToken)
    {
        var about = EventRecorderExtensions.Reference(pod, $"spec.containers{{{container.Name}}}");
        if (!ImageName.IsValid(container.Image))
        {
            events.Record(about, EventType.Warning, "InspectFailed", $"Failed to apply default image tag \"{container.Image}\": couldn't parse image name \"{container.Image}\": invalid reference format");
            throw new ImageUnavailableException("InvalidImageName", $"Failed to apply default image tag \"{container.Image}\": couldn't parse image name \"{container.Image}\": invalid reference format");
        }

        var present = (await runtime.Images.ImageStatusAsync(new ImageStatusRequest { Image = new ImageSpec { Image = container.Image } }, cancellationToken: cancellationToken)).Image;
        if (present is not null && container.ImagePullPolicy != "Always")
        {
            events.Record(about, EventType.Normal, "Pulled", $"Container image \"{container.Image}\" already present on machine");
            return present.Id;
        }

        if (container.ImagePullPolicy == "Never")
        {
            events.Record(about, EventType.Warning, "ErrImageNeverPull", $"Container image \"{container.Image}\" is not present with pull policy of Never");
            throw new ImageUnavailableException("ErrImageNeverPull", $"Container image \"{container.Image}\" is not present with pull policy of Never");
        }

        return await PullAsync(pod, container, about, cancellationToken);
    }

    private async Task<string> PullAsync(V1Pod pod, V1Container container, V1ObjectReference about, CancellationToken cancellationToken)
    {
        var key = $"{pod.Metadata.Uid}_{container.Image}";
        lock (_backOff)
        {
            if (_backOff.TryGetValue(key, out var waiting) && waiting.Until > time.GetUtcNow())
            {
                events.Record(about, EventType.Normal, "BackOff", $"Back-off pulling image \"{container.Image}\"");
                throw new ImageUnavailableException("ImagePullBackOff", $"Back-off pulling image \"{container.Image}\": {waiting.Error}") { RetryAfter = waiting.Until - time.GetUtcNow() };
            }
        }

        events.Record(about, EventType.Normal, "Pulling", $"Pulling image \"{container.Image}\"");
        var started = time.GetTimestamp();
        // One at a time: pulls side by side only share the line.
        await _one.WaitAsync(cancellationToken);
        try
        {
            var pulled = await PullAsync(container.Image, await credentials.ForAsync(pod, container.Image, cancellationToken), cancellationToken);
            lock (_backOff) _backOff.Remove(key);
            events.Record(about, EventType.Normal, "Pulled", $"Successfully pulled image \"{container.Image}\" in {time.GetElapsedTime(started).TotalMilliseconds:0}ms");
            return pulled.ImageRef;
        }
        catch (RpcException e)
        {
            TimeSpan delay;
            lock (_backOff)
            {
                delay = _backOff.TryGetValue(key, out var former) ? TimeSpan.FromTicks(Math.Min(former.Delay.Ticks * 2, Longest.Ticks)) : First;
                _backOff[key] = (time.GetUtcNow() + delay, delay, $"ErrImagePull: {e.Status.Detail}");
            }

            events.Record(about, EventType.Warning, "Failed", $"Failed to pull image \"{container.Image}\": {e.Status.Detail}");
            events.Record(about, EventType.Warning, "Failed", "Error: ErrImagePull");
            throw new ImageUnavailableException("ErrImagePull", e.Status.Detail) { RetryAfter = TimeSpan.FromSeconds(1) };
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Tries one credential after the other; the last refusal counts.</summary>
    private async Task<PullImageResponse> PullAsync(string image, IReadOnlyList<AuthConfig?> credentials, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await runtime.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = image }, Auth = credentials[i] }, cancellationToken: cancellationToken);
            }
            catch (RpcException) when (i < credentials.Count - 1)
            {
                // The next one may be the right one.
            }
        }
    }

    /// <summary>Forgets the failures of a pod that is gone.</summary>
    public void Forget(string podUid)
    {
        lock (_backOff)
        {
            foreach (var key in _backOff.Keys.Where(k => k.StartsWith(podUid + "_", StringComparison.Ordinal)).ToList()) _backOff.Remove(key);
        }
    }
}

using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Workloads;

/// <summary>Creates and deletes the pods of an owner, and tells on the owner what came of it.</summary>
internal sealed class PodControl(ResourceClient<V1Pod> pods, IEventRecorder events)
{
    /// <summary>A pod from a template, with a generated name, controlled by the owner.</summary>
    public static V1Pod FromTemplate<T>(T owner, V1PodTemplateSpec template)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var copy = ModelJson.Copy(template);
        return new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                GenerateName = owner.Metadata.Name + "-",
                NamespaceProperty = owner.Metadata.NamespaceProperty,
                Labels = copy.Metadata?.Labels,
                Annotations = copy.Metadata?.Annotations,
                Finalizers = copy.Metadata?.Finalizers,
                OwnerReferences = [OwnerReferences.To(owner)],
            },
            Spec = copy.Spec,
        };
    }

    /// <exception cref="ApiException">The server refused; the owner's event says so.</exception>
    public async Task<V1Pod> CreateAsync<T>(T owner, V1Pod pod, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var created = await pods.CreateAsync(pod, cancellationToken);
            events.Normal(owner, "SuccessfulCreate", $"Created pod: {created.Metadata.Name}");
            return created;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
        {
            if (e is not ApiException refused || !ApiFailures.IsNamespaceTerminating(refused)) events.Warning(owner, "FailedCreate", $"Error creating: {e.Message}");
            throw;
        }
    }

    /// <returns>False when there was no such pod any more.</returns>
    /// <exception cref="ApiException">The server refused; the owner's event says so.</exception>
    public async Task<bool> DeleteAsync<T>(T owner, V1Pod pod, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await pods.DeleteAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, new DeleteOptions { Uid = pod.Metadata.Uid }, cancellationToken);
            events.Normal(owner, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
            return true;
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or another pod of the same name by now.
            return false;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
        {
            events.Warning(owner, "FailedDelete", $"Error deleting: {e.Message}");
            throw;
        }
    }
}

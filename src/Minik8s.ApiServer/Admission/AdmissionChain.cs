using System.Text.Json.Nodes;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Admission;

public enum AdmissionOperation
{
    Create,
    Update,
    Delete,
}

/// <summary>A write on its way into the store.</summary>
/// <param name="Resource">What is written.</param>
/// <param name="Operation">How.</param>
/// <param name="Namespace">Empty for cluster-wide kinds.</param>
/// <param name="Object">The object as it is going to be; mutating admission changes it in place.</param>
/// <param name="Old">The object as it is; null on create.</param>
/// <param name="DryRun">Nothing may be left behind.</param>
public sealed record AdmissionRequest(ResourceDefinition Resource, AdmissionOperation Operation, string Namespace, JsonObject Object, JsonObject? Old, bool DryRun)
{
    /// <summary>Who writes; null: the server itself.</summary>
    public UserInfo? User { get; init; }

    /// <summary>The subresource that is written (<c>status</c>, <c>binding</c>…); empty for the object itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Receives warnings for the client.</summary>
    public Action<string> Warn { get; init; } = _ => { };
}

/// <summary>A step that completes or refuses a write before it is validated.</summary>
public interface IAdmission
{
    ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken);
}

/// <summary>The steps in their order; those that assign scarce things (addresses) come after validation, so that a bad object takes none.</summary>
public sealed class AdmissionChain(IReadOnlyList<IAdmission> steps, IReadOnlyList<IAdmission> reservations)
{
    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        foreach (var step in steps) await step.AdmitAsync(request, cancellationToken);
    }

    public async ValueTask ReserveAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        foreach (var step in reservations) await step.AdmitAsync(request, cancellationToken);
    }
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.Api.Resources;

namespace Minik8s.Api.CustomResources;

/// <summary>The conversion strategy <c>Webhook</c>. This server calls no conversion webhooks, and says so when an object would have to be converted.</summary>
internal sealed class WebhookConversion(GroupVersionKind served, GroupVersionKind stored) : VersionConversion
{
    public override void ToStored(JsonObject obj) => throw Refused(served, stored);

    public override void FromStored(JsonObject obj) => throw Refused(stored, served);

    private StatusException Refused(GroupVersionKind from, GroupVersionKind to) => StatusErrors.BadRequest(
        $"conversion from {from} to {to} needs the conversion webhook of the CustomResourceDefinition, which this server does not call; use version {stored.Version}, in which objects are stored");
}

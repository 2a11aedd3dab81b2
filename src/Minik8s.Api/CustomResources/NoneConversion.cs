using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources;

/// <summary>The conversion strategy <c>None</c>: only apiVersion changes, and what the other version's schema does not know is pruned.</summary>
internal sealed class NoneConversion(Schema served, Schema stored) : VersionConversion
{
    public override void ToStored(JsonObject obj) => StructuralPruning.Prune(obj, stored, isResource: true);

    public override void FromStored(JsonObject obj) => StructuralPruning.Prune(obj, served, isResource: true);
}

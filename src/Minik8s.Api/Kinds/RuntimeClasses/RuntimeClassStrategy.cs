using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.RuntimeClasses;

/// <summary>Runtime classes: which configuration of the container runtime pods use, what it costs and where it is.</summary>
internal sealed class RuntimeClassStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var handler = obj.Text("handler") ?? "";
        errors.All("handler", handler, Names.DnsLabel(handler));
        foreach (var (name, value) in obj.Map("overhead").Map("podFixed") ?? [])
        {
            var path = $"overhead.limits[{name}]";
            ResourceNames.ValidateContainer(name, path, errors);
            ResourceNames.ValidateAmount(name, value, path, errors);
        }

        if (obj.Map("scheduling") is not { } scheduling) return;
        errors.LabelMap("scheduling.nodeSelector", scheduling.Map("nodeSelector"));
        TolerationValidation.Validate(scheduling, "scheduling", errors);
        var seen = new List<JsonObject>();
        var i = 0;
        foreach (var toleration in scheduling.Items("tolerations"))
        {
            if (seen.Any(s => JsonNode.DeepEquals(s, toleration))) errors.Duplicate($"scheduling.tolerations[{i}]", toleration);
            seen.Add(toleration);
            i++;
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("handler", obj["handler"], old["handler"]);
    }
}

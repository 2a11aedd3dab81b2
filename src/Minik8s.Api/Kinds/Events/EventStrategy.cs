using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Events;

/// <summary>Events as the core group takes them: those with an eventTime say who reports them and why; every one lies in its object's namespace.</summary>
internal sealed class EventStrategy : ResourceStrategy
{
    private const int LengthLimit = 128;
    private const int NoteLimit = 1024;

    public override bool HasGeneration => false;

    public override bool AllowCreateOnUpdate => true;

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var ns = obj.Map("metadata").Text("namespace") ?? "";
        var about = obj.Map("involvedObject").Text("namespace") ?? "";
        if (obj["eventTime"] is null)
        {
            if (about.Length == 0 ? ns != "default" : ns != about) errors.Invalid("involvedObject.namespace", about, "does not match event.namespace");
            return;
        }

        if (about.Length == 0 && ns is not ("default" or "kube-system")) errors.Invalid("involvedObject.namespace", about, "does not match event.namespace");
        var controller = obj.Text("reportingComponent") ?? "";
        if (controller.Length == 0) errors.Required("reportingController");
        errors.All("reportingController", controller, Labels.Key(controller));
        Check(obj, "reportingInstance", LengthLimit, required: true, errors);
        Check(obj, "action", LengthLimit, required: true, errors);
        Check(obj, "reason", LengthLimit, required: true, errors);
        Check(obj, "message", NoteLimit, required: false, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    private static void Check(JsonObject obj, string field, int limit, bool required, ICollection<FieldError> errors)
    {
        var text = obj.Text(field) ?? "";
        if (required && text.Length == 0) errors.Required(field);
        if (Encoding.UTF8.GetByteCount(text) > limit) errors.Invalid(field, "", $"can have at most {limit} characters");
    }
}

using Minik8s.Api.Identity;

namespace Minik8s.Api.Errors;

/// <summary>Makes the failures that Kubernetes' API machinery makes, in its words.</summary>
public static class StatusErrors
{
    public static StatusException NotFound(GroupResource resource, string name) =>
        new(404, StatusReason.NotFound, $"{resource} \"{name}\" not found", Details(resource, name));

    public static StatusException AlreadyExists(GroupResource resource, string name) =>
        new(409, StatusReason.AlreadyExists, $"{resource} \"{name}\" already exists", Details(resource, name));

    public static StatusException Conflict(GroupResource resource, string name, string why) =>
        new(409, StatusReason.Conflict, $"Operation cannot be fulfilled on {resource} \"{name}\": {why}", Details(resource, name));

    public static StatusException BadRequest(string message) => new(400, StatusReason.BadRequest, message);

    public static StatusException Forbidden(GroupResource resource, string name, string why) =>
        new(403, StatusReason.Forbidden, name.Length == 0 ? $"{resource} is forbidden: {why}" : $"{resource} \"{name}\" is forbidden: {why}", Details(resource, name));

    public static StatusException Unauthorized() => new(401, StatusReason.Unauthorized, "Unauthorized");

    public static StatusException MethodNotAllowed(GroupResource resource, string verb) =>
        new(405, StatusReason.MethodNotAllowed, $"{verb} is not supported on resources of kind \"{resource}\"", Details(resource, null));

    public static StatusException Expired(string message) => new(410, StatusReason.Expired, message);

    public static StatusException TooLarge(string why) => new(413, StatusReason.RequestEntityTooLarge, $"Request entity too large: {why}");

    public static StatusException Internal(string message) =>
        new(500, StatusReason.InternalError, $"Internal error occurred: {message}", new StatusDetails(Causes: [new StatusCause("", message)]));

    /// <summary>A validation failure: one cause per field error; the message lists them all.</summary>
    public static StatusException Invalid(GroupVersionKind kind, string name, IReadOnlyList<FieldError> errors)
    {
        var texts = errors.Select(e => e.ToString()).Distinct().ToList();
        var list = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        var causes = errors.Select(e => new StatusCause(e.CauseType, e.Body, e.Field)).ToList();
        return new(422, StatusReason.Invalid, $"{qualified} \"{name}\" is invalid: {list}", new StatusDetails(name, kind.Group, kind.Kind, Causes: causes));
    }

    private static StatusDetails Details(GroupResource resource, string? name) =>
        new(string.IsNullOrEmpty(name) ? null : name, resource.Group.Length == 0 ? null : resource.Group, resource.Resource);
}

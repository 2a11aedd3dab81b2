namespace Minik8s.Api.Errors;

/// <summary>The classes of a field failure, as in Kubernetes' <c>field.ErrorType</c>.</summary>
public enum FieldErrorType
{
    Required,
    Invalid,
    NotSupported,
    Duplicate,
    Forbidden,
    TooLong,
    TooMany,
    NotFound,
    TypeInvalid,
    InternalError,
}

/// <summary>
/// One failed field. <paramref name="Value"/> is the bad value as Kubernetes prints it (strings quoted, objects as JSON), null where the type prints none.
/// </summary>
public sealed record FieldError(FieldErrorType Type, string Field, string? Value, string Detail)
{
    /// <summary>The cause type in a <c>Status</c>: <c>FieldValueInvalid</c> and its kin.</summary>
    public string CauseType => Type switch
    {
        FieldErrorType.Required => "FieldValueRequired",
        FieldErrorType.NotSupported => "FieldValueNotSupported",
        FieldErrorType.Duplicate => "FieldValueDuplicate",
        FieldErrorType.Forbidden => "FieldValueForbidden",
        FieldErrorType.TooLong => "FieldValueTooLong",
        FieldErrorType.TooMany => "FieldValueTooMany",
        FieldErrorType.NotFound => "FieldValueNotFound",
        FieldErrorType.TypeInvalid => "FieldValueTypeInvalid",
        FieldErrorType.InternalError => "InternalError",
        _ => "FieldValueInvalid",
    };

    /// <summary>The message without the field's name.</summary>
    public string Body
    {
        get
        {
            var head = Type switch
            {
                FieldErrorType.Required => "Required value",
                FieldErrorType.NotSupported => "Unsupported value",
                FieldErrorType.Duplicate => "Duplicate value",
                FieldErrorType.Forbidden => "Forbidden",
                FieldErrorType.TooLong => "Too long",
                FieldErrorType.TooMany => "Too many",
                FieldErrorType.NotFound => "Not found",
                FieldErrorType.InternalError => "Internal error",
                _ => "Invalid value",
            };
            var value = Value is null ? "" : $": {Value}";
            return Detail.Length == 0 ? head + value : $"{head}{value}: {Detail}";
        }
    }

    public override string ToString() => $"{Field}: {Body}";
}

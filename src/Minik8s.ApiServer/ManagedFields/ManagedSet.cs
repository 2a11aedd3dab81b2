using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>The fields that a manager manages, in the version in which it has written them.</summary>
public sealed class ManagedSet
{
    private readonly JsonNode? _json;

    public ManagedSet(FieldSet fields, string apiVersion, string? time = null)
    {
        Fields = fields;
        ApiVersion = apiVersion;
        Time = time;
    }

    private ManagedSet(FieldSet fields, string apiVersion, string? time, JsonNode? json)
        : this(fields, apiVersion, time) => _json = json;

    public FieldSet Fields { get; }

    public string ApiVersion { get; }

    /// <summary>When the manager has last changed anything, RFC 3339 to the second; null when nobody has recorded it.</summary>
    public string? Time { get; }

    /// <exception cref="FormatException">The fields are not a field set.</exception>
    public static ManagedSet Read(JsonNode? fieldsV1, string apiVersion, string? time) => new(FieldsV1.Read(fieldsV1), apiVersion, time, fieldsV1);

    public ManagedSet With(FieldSet fields) => ReferenceEquals(fields, Fields) ? this : new(fields, ApiVersion, Time);

    public ManagedSet At(string? time) => new(Fields, ApiVersion, time, _json);

    /// <summary>The fields' JSON; that which was read when nothing has changed.</summary>
    public JsonNode WriteFields() => _json?.DeepClone() ?? FieldsV1.Write(Fields);
}

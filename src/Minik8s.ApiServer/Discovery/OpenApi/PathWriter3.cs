using System.Globalization;
using System.Text.Json;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Writes paths as OpenAPI 3.0 has them: a schema a media type.</summary>
internal static class PathWriter3
{
    private const string Prefix = "#/components/schemas/";

    public static void Write(Utf8JsonWriter json, PathItem path)
    {
        json.WriteStartObject(path.Path);
        foreach (var operation in path.Operations.OrderBy(o => o.Method, StringComparer.Ordinal)) Write(json, operation);
        if (path.Parameters.Count > 0) Write(json, path.Parameters);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Operation operation)
    {
        json.WriteStartObject(operation.Method);
        json.WriteString("description", operation.Description);
        json.WriteString("operationId", operation.Id);
        if (operation.Parameters.Count > 0) Write(json, operation.Parameters);
        if (operation.Body is { } body)
        {
            json.WriteStartObject("requestBody");
            Content(json, operation.BodyTypes, body);
            if (operation.BodyRequired) json.WriteBoolean("required", true);
            json.WriteEndObject();
        }

        json.WriteStartObject("responses");
        foreach (var code in operation.Codes)
        {
            json.WriteStartObject(code.ToString(CultureInfo.InvariantCulture));
            Content(json, operation.AnswerTypes, operation.Answer);
            json.WriteString("description", ResponseTexts.Of(code));
            json.WriteEndObject();
        }

        json.WriteStartObject("401");
        json.WriteString("description", ResponseTexts.Of(401));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("tags");
        json.WriteStringValue(operation.Tag);
        json.WriteEndArray();
        if (operation.Action is { } action) json.WriteString("x-kubernetes-action", action);
        if (operation.Kind is { } kind)
        {
            json.WritePropertyName("x-kubernetes-group-version-kind");
            SchemaWriter.KindValue(json, kind);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<Parameter> parameters)
    {
        json.WriteStartArray("parameters");
        foreach (var parameter in parameters)
        {
            json.WriteStartObject();
            json.WriteString("description", parameter.Description);
            json.WriteString("in", parameter.InPath ? "path" : "query");
            json.WriteString("name", parameter.Name);
            if (parameter.InPath) json.WriteBoolean("required", true);
            json.WriteStartObject("schema");
            json.WriteString("type", parameter.Type);
            json.WriteBoolean("uniqueItems", true);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Content(Utf8JsonWriter json, IReadOnlyList<string> types, string? definition)
    {
        json.WriteStartObject("content");
        foreach (var type in types)
        {
            json.WriteStartObject(type);
            json.WriteStartObject("schema");
            if (definition is null) json.WriteString("type", "string");
            else json.WriteString("$ref", Prefix + definition);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}

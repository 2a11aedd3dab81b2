using System.Globalization;
using System.Text.Json;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Writes paths as Swagger 2.0 has them: the body is a parameter, media types stand beside.</summary>
internal static class PathWriter2
{
    private const string Prefix = "#/definitions/";

    public static void Write(Utf8JsonWriter json, PathItem path)
    {
        json.WriteStartObject(path.Path);
        foreach (var operation in path.Operations.OrderBy(o => o.Method, StringComparer.Ordinal)) Write(json, operation);
        if (path.Parameters.Count > 0)
        {
            json.WriteStartArray("parameters");
            foreach (var parameter in path.Parameters) Write(json, parameter);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Operation operation)
    {
        json.WriteStartObject(operation.Method);
        if (operation.Body is not null) Texts(json, "consumes", operation.BodyTypes);
        json.WriteString("description", operation.Description);
        json.WriteString("operationId", operation.Id);
        if (operation.Body is not null || operation.Parameters.Count > 0)
        {
            json.WriteStartArray("parameters");
            if (operation.Body is { } body)
            {
                json.WriteStartObject();
                json.WriteString("in", "body");
                json.WriteString("name", "body");
                if (operation.BodyRequired) json.WriteBoolean("required", true);
                Schema(json, body);
                json.WriteEndObject();
            }

            foreach (var parameter in operation.Parameters) Write(json, parameter);
            json.WriteEndArray();
        }

        Texts(json, "produces", operation.AnswerTypes);
        json.WriteStartObject("responses");
        foreach (var code in operation.Codes)
        {
            json.WriteStartObject(code.ToString(CultureInfo.InvariantCulture));
            json.WriteString("description", ResponseTexts.Of(code));
            Schema(json, operation.Answer);
            json.WriteEndObject();
        }

        json.WriteStartObject("401");
        json.WriteString("description", ResponseTexts.Of(401));
        json.WriteEndObject();
        json.WriteEndObject();
        Texts(json, "schemes", ["https"]);
        Texts(json, "tags", [operation.Tag]);
        if (operation.Action is { } action) json.WriteString("x-kubernetes-action", action);
        if (operation.Kind is { } kind)
        {
            json.WritePropertyName("x-kubernetes-group-version-kind");
            SchemaWriter.KindValue(json, kind);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Parameter parameter)
    {
        json.WriteStartObject();
        json.WriteString("description", parameter.Description);
        json.WriteString("in", parameter.InPath ? "path" : "query");
        json.WriteString("name", parameter.Name);
        if (parameter.InPath) json.WriteBoolean("required", true);
        json.WriteString("type", parameter.Type);
        json.WriteBoolean("uniqueItems", true);
        json.WriteEndObject();
    }

    private static void Schema(Utf8JsonWriter json, string? definition)
    {
        json.WriteStartObject("schema");
        if (definition is null) json.WriteString("type", "string");
        else json.WriteString("$ref", Prefix + definition);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}

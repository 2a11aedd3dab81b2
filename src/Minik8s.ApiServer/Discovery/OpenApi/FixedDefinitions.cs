using System.Text.Json;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Definitions of types that are written in JSON otherwise than as an object of their fields.</summary>
internal static class FixedDefinitions
{
    public static void Write(Utf8JsonWriter json, string name, OpenApiDialect dialect)
    {
        json.WriteStartObject();
        switch (name)
        {
            case DefinitionSet.Time:
                Text(json, "A point in time, to the second, as RFC 3339 writes it.", "date-time");
                break;
            case DefinitionSet.MicroTime:
                Text(json, "A point in time, to the microsecond, as RFC 3339 writes it.", "date-time");
                break;
            case DefinitionSet.Patch:
                json.WriteString("description", "The changes to make to an object; their form follows from the content type of the request.");
                json.WriteString("type", "object");
                break;
            case DefinitionSet.Quantity:
                json.WriteString("description",
                    "A fixed-point number with an optional suffix: m for thousandths, k, M, G, T, P, E for powers of 1000, Ki, Mi, Gi, Ti, Pi, Ei for powers of 1024, or an exponent as in 1e3.");
                Either(json, dialect, "number");
                break;
            case DefinitionSet.IntOrString:
                json.WriteString("description", "A number of 32 bits or a text.");
                if (dialect == OpenApiDialect.Version2) json.WriteString("format", "int-or-string");
                Either(json, dialect, "integer", "int-or-string");
                break;
            case DefinitionSet.VersionInfo:
                Version(json);
                break;
            default:
                throw new InvalidOperationException($"there is no fixed definition {name}");
        }

        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string description, string format)
    {
        json.WriteString("description", description);
        json.WriteString("format", format);
        json.WriteString("type", "string");
    }

    /// <summary>A text or a number: Swagger 2.0 cannot say it, and names the text.</summary>
    private static void Either(Utf8JsonWriter json, OpenApiDialect dialect, string number, string? format = null)
    {
        if (dialect == OpenApiDialect.Version2)
        {
            json.WriteString("type", "string");
            return;
        }

        if (format is not null) json.WriteString("format", format);
        json.WriteStartArray("oneOf");
        foreach (var type in (string[])[number == "integer" ? number : "string", number == "integer" ? "string" : number])
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Version(Utf8JsonWriter json)
    {
        string[] fields = ["major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"];
        json.WriteString("description", "What the server is and how it was built.");
        json.WriteStartObject("properties");
        foreach (var field in fields.Order(StringComparer.Ordinal))
        {
            json.WriteStartObject(field);
            json.WriteString("type", "string");
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("required");
        foreach (var field in fields) json.WriteStringValue(field);
        json.WriteEndArray();
        json.WriteString("type", "object");
    }
}

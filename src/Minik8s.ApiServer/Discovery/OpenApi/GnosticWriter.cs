using System.Text.Json;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>
/// Turns a Swagger 2.0 document into gnostic's protobuf message <c>openapi.v2.Document</c>, whose field numbers stand here. Clients in Go ask for it because
/// they read it faster than JSON. Extensions and defaults travel as YAML texts; JSON is one.
/// </summary>
internal sealed class GnosticWriter
{
    private readonly ProtobufBuffer _out = new();

    private GnosticWriter()
    {
    }

    public static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> swagger)
    {
        using var json = JsonDocument.Parse(swagger, new JsonDocumentOptions { MaxDepth = 1000 });
        var writer = new GnosticWriter();
        writer.Document(json.RootElement);
        return writer._out.Written;
    }

    private void Document(JsonElement document)
    {
        _out.Text(1, document.GetProperty("swagger").GetString());
        Message(2, document.GetProperty("info"), info =>
        {
            _out.Text(1, Text(info, "title"));
            _out.Text(2, Text(info, "version"));
        });
        Message(8, document.GetProperty("paths"), paths =>
        {
            foreach (var path in paths.EnumerateObject()) Named(2, path, PathItem);
        });
        Message(9, document.GetProperty("definitions"), definitions =>
        {
            foreach (var definition in definitions.EnumerateObject()) Named(1, definition, Schema);
        });
        foreach (var requirement in document.GetProperty("security").EnumerateArray())
        {
            Message(12, requirement, r =>
            {
                foreach (var scheme in r.EnumerateObject()) Named(1, scheme, scopes => Texts(1, scopes));
            });
        }

        Message(13, document.GetProperty("securityDefinitions"), definitions =>
        {
            foreach (var definition in definitions.EnumerateObject())
            {
                Named(1, definition, item => Message(2, item, key =>
                {
                    _out.Text(1, Text(key, "type"));
                    _out.Text(2, Text(key, "name"));
                    _out.Text(3, Text(key, "in"));
                    _out.Text(4, Text(key, "description"));
                }));
            }
        });
    }

    private void PathItem(JsonElement item)
    {
        foreach (var part in item.EnumerateObject())
        {
            switch (part.Name)
            {
                case "get": Message(2, part.Value, Operation); break;
                case "put": Message(3, part.Value, Operation); break;
                case "post": Message(4, part.Value, Operation); break;
                case "delete": Message(5, part.Value, Operation); break;
                case "patch": Message(8, part.Value, Operation); break;
                case "parameters": Parameters(9, part.Value); break;
                default: Extension(10, part); break;
            }
        }
    }

    private void Operation(JsonElement operation)
    {
        foreach (var part in operation.EnumerateObject())
        {
            switch (part.Name)
            {
                case "tags": Texts(1, part.Value); break;
                case "description": _out.Text(3, part.Value.GetString()); break;
                case "operationId": _out.Text(5, part.Value.GetString()); break;
                case "produces": Texts(6, part.Value); break;
                case "consumes": Texts(7, part.Value); break;
                case "parameters": Parameters(8, part.Value); break;
                case "responses": Message(9, part.Value, Responses); break;
                case "schemes": Texts(10, part.Value); break;
                default: Extension(13, part); break;
            }
        }
    }

    private void Responses(JsonElement responses)
    {
        foreach (var response in responses.EnumerateObject())
        {
            Named(1, response, value => Message(1, value, r =>
            {
                _out.Text(1, Text(r, "description"));
                if (r.TryGetProperty("schema", out var schema)) Message(2, schema, s => Message(1, s, Schema));
            }));
        }
    }

    private void Parameters(int field, JsonElement parameters)
    {
        foreach (var parameter in parameters.EnumerateArray()) Message(field, parameter, item => Message(1, item, Parameter));
    }

    private void Parameter(JsonElement parameter)
    {
        var place = Text(parameter, "in");
        var required = parameter.TryGetProperty("required", out var r) && r.GetBoolean();
        if (place == "body")
        {
            Message(1, parameter, body =>
            {
                _out.Text(2, Text(body, "name"));
                _out.Text(3, place);
                _out.Flag(4, required);
                Message(5, body.GetProperty("schema"), Schema);
            });
            return;
        }

        // The two kinds of parameter differ from the fifth field on: a query parameter may be empty.
        var query = place == "query";
        Message(2, parameter, other => Message(query ? 3 : 4, other, p =>
        {
            _out.Flag(1, required);
            _out.Text(2, place);
            _out.Text(3, Text(p, "description"));
            _out.Text(4, Text(p, "name"));
            _out.Text(query ? 6 : 5, Text(p, "type"));
            _out.Flag(query ? 20 : 19, p.TryGetProperty("uniqueItems", out var unique) && unique.GetBoolean());
        }));
    }

    private void Schema(JsonElement schema)
    {
        foreach (var part in schema.EnumerateObject())
        {
            var value = part.Value;
            switch (part.Name)
            {
                case "$ref": _out.Text(1, value.GetString()); break;
                case "format": _out.Text(2, value.GetString()); break;
                case "title": _out.Text(3, value.GetString()); break;
                case "description": _out.Text(4, value.GetString()); break;
                case "default": Message(5, value, Any); break;
                case "multipleOf": _out.Number(6, value.GetDouble()); break;
                case "maximum": _out.Number(7, value.GetDouble()); break;
                case "exclusiveMaximum": _out.Flag(8, value.GetBoolean()); break;
                case "minimum": _out.Number(9, value.GetDouble()); break;
                case "exclusiveMinimum": _out.Flag(10, value.GetBoolean()); break;
                case "maxLength": _out.Number(11, value.GetInt64()); break;
                case "minLength": _out.Number(12, value.GetInt64()); break;
                case "pattern": _out.Text(13, value.GetString()); break;
                case "maxItems": _out.Number(14, value.GetInt64()); break;
                case "minItems": _out.Number(15, value.GetInt64()); break;
                case "uniqueItems": _out.Flag(16, value.GetBoolean()); break;
                case "maxProperties": _out.Number(17, value.GetInt64()); break;
                case "minProperties": _out.Number(18, value.GetInt64()); break;
                case "required": Texts(19, value); break;
                case "enum":
                    foreach (var choice in value.EnumerateArray()) Message(20, choice, Any);
                    break;
                case "additionalProperties" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    Message(21, value, v => _out.Flag(2, v.GetBoolean()));
                    break;
                case "additionalProperties": Message(21, value, v => Message(1, v, Schema)); break;
                case "type": Message(22, value, v => _out.Text(1, v.GetString())); break;
                case "items": Message(23, value, v => Message(1, v, Schema)); break;
                case "allOf":
                    foreach (var all in value.EnumerateArray()) Message(24, all, Schema);
                    break;
                case "properties":
                    Message(25, value, v =>
                    {
                        foreach (var property in v.EnumerateObject()) Named(1, property, Schema);
                    });
                    break;
                case "readOnly": _out.Flag(27, value.GetBoolean()); break;
                case "externalDocs":
                    Message(29, value, docs =>
                    {
                        _out.Text(1, Text(docs, "description"));
                        _out.Text(2, Text(docs, "url"));
                    });
                    break;
                case "example": Message(30, value, Any); break;
                default:
                    Extension(31, part);
                    break;
            }
        }
    }

    /// <summary>Words that the message has no field for are dropped, unless they are extensions.</summary>
    private void Extension(int field, JsonProperty extension)
    {
        if (extension.Name.StartsWith("x-", StringComparison.Ordinal)) Named(field, extension, Any);
    }

    private void Any(JsonElement value) => _out.Text(2, value.GetRawText());

    private void Named(int field, JsonProperty property, Action<JsonElement> value)
    {
        var start = _out.Begin(field);
        _out.Text(1, property.Name);
        Message(2, property.Value, value);
        _out.End(start);
    }

    private void Message(int field, JsonElement value, Action<JsonElement> content)
    {
        var start = _out.Begin(field);
        content(value);
        _out.End(start);
    }

    private void Texts(int field, JsonElement values)
    {
        foreach (var value in values.EnumerateArray()) _out.Text(field, value.GetString());
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}

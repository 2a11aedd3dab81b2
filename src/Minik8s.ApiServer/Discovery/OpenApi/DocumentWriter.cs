using System.Buffers;
using System.Text.Json;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Writes one OpenAPI document.</summary>
internal sealed class DocumentWriter(OpenApiDialect dialect, string version)
{
    /// <param name="resources">The resources whose paths the document has.</param>
    /// <param name="others">Paths about no resource.</param>
    /// <param name="served">All resources, which operations may refer to.</param>
    public ReadOnlyMemory<byte> Write(IReadOnlyList<ResourceDefinition> resources, IReadOnlyList<PathItem> others, IReadOnlyList<ResourceDefinition> served)
    {
        List<PathItem> paths = [.. others, .. resources.SelectMany(ResourcePaths.Of)];
        paths.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        var definitions = new DefinitionSet(served, paths);
        var text = new ArrayBufferWriter<byte>(1 << 20);
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (dialect == OpenApiDialect.Version2) Version2(json, paths, definitions);
            else Version3(json, paths, definitions);
            json.WriteEndObject();
        }

        return text.WrittenMemory;
    }

    private void Version2(Utf8JsonWriter json, List<PathItem> paths, DefinitionSet definitions)
    {
        json.WriteStartObject("definitions");
        Definitions(json, definitions);
        json.WriteEndObject();
        Info(json);
        json.WriteStartObject("paths");
        foreach (var path in paths) PathWriter2.Write(json, path);
        json.WriteEndObject();
        json.WriteStartArray("security");
        Security(json);
        json.WriteEndArray();
        json.WriteStartObject("securityDefinitions");
        BearerToken(json);
        json.WriteEndObject();
        json.WriteString("swagger", "2.0");
    }

    private void Version3(Utf8JsonWriter json, List<PathItem> paths, DefinitionSet definitions)
    {
        json.WriteStartObject("components");
        json.WriteStartObject("schemas");
        Definitions(json, definitions);
        json.WriteEndObject();
        json.WriteStartObject("securitySchemes");
        BearerToken(json);
        json.WriteEndObject();
        json.WriteEndObject();
        Info(json);
        json.WriteString("openapi", "3.0.0");
        json.WriteStartObject("paths");
        foreach (var path in paths) PathWriter3.Write(json, path);
        json.WriteEndObject();
        json.WriteStartArray("security");
        Security(json);
        json.WriteEndArray();
    }

    private void Definitions(Utf8JsonWriter json, DefinitionSet definitions)
    {
        var writer = new SchemaWriter(json, dialect, BuiltInDescriptions.Load());
        foreach (var definition in definitions.All) writer.Write(definition);
    }

    private void Info(Utf8JsonWriter json)
    {
        json.WriteStartObject("info");
        json.WriteString("title", "Kubernetes");
        json.WriteString("version", version);
        json.WriteEndObject();
    }

    private static void Security(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("BearerToken");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void BearerToken(Utf8JsonWriter json)
    {
        json.WriteStartObject("BearerToken");
        json.WriteString("description", "Bearer Token authentication");
        json.WriteString("in", "header");
        json.WriteString("name", "authorization");
        json.WriteString("type", "apiKey");
        json.WriteEndObject();
    }
}

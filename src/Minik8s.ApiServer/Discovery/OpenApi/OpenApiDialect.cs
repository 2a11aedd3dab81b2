namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The version of OpenAPI that a document is written in.</summary>
internal enum OpenApiDialect
{
    Version2,
    Version3,
}

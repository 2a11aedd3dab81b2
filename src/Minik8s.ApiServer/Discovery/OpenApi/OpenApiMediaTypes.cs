namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Media types of OpenAPI documents, as Kubernetes' clients name them.</summary>
internal static class OpenApiMediaTypes
{
    public const string Json = "application/json";

    public const string Version2Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>The older spelling, which every client up to now sends; the answer carries the newer one.</summary>
    public const string Version2ProtobufOld = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
}

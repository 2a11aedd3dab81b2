namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>One OpenAPI document as it is kept: compressed.</summary>
/// <param name="Gzip">The document, compressed with gzip.</param>
/// <param name="ContentType">The media type of the plain text.</param>
/// <param name="Hash">Upper-case hexadecimal SHA-512 of the plain text; the ETag without its quotes, and the <c>hash</c> of the v3 index.</param>
public sealed record OpenApiDocument(ReadOnlyMemory<byte> Gzip, string ContentType, string Hash);

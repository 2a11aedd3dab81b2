using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;

namespace Minik8s.Api.Resources;

/// <summary>Reads bodies of a kind whose schema alone does not say how: custom kinds, and the kind that defines them.</summary>
public interface IBodyDecoder
{
    /// <exception cref="DecodeException">The body is not JSON, is too deep, or is of a wrong form.</exception>
    DecodedObject Decode(ReadOnlySpan<byte> utf8Json);

    /// <summary>Decodes a value that has already been parsed, such as the result of a patch.</summary>
    DecodedObject Decode(JsonObject value);
}

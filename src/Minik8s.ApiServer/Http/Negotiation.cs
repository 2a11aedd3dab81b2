using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Http;

/// <summary>The forms in which objects can be answered.</summary>
public enum ResponseForm
{
    Object,
    Table,
    PartialMetadata,
}

/// <summary>Chooses the form of an answer from the <c>Accept</c> header: JSON, as the object itself, as a Table, or as its metadata alone.</summary>
public static class Negotiation
{
    /// <exception cref="StatusException">406 when the client takes nothing that this server has.</exception>
    public static ResponseForm Choose(string accept)
    {
        if (accept.Length == 0) return ResponseForm.Object;
        foreach (var option in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = option.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "application/*" or "*/*" or "application/yaml")) continue;
            switch (Parameter(parts, "as"))
            {
                case null:
                    return ResponseForm.Object;
                case "Table" when Parameter(parts, "g") == "meta.k8s.io" && Parameter(parts, "v") is "v1" or "v1beta1":
                    return ResponseForm.Table;
                case "PartialObjectMetadata" or "PartialObjectMetadataList" when Parameter(parts, "v") == "v1":
                    return ResponseForm.PartialMetadata;
            }
        }

        throw new StatusException(406, StatusReason.NotAcceptable,
            "only the following media types are accepted: application/json, application/json;stream=watch, application/yaml");
    }

    /// <summary>Whether an answer may be compressed.</summary>
    public static bool AcceptsGzip(HttpRequest request)
    {
        foreach (var option in request.Headers.AcceptEncoding.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = option.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].Equals("gzip", StringComparison.OrdinalIgnoreCase)) return Parameter(parts, "q") is not ("0" or "0.0" or "0.00" or "0.000");
        }

        return false;
    }

    /// <summary>Whether the client would rather have YAML than JSON.</summary>
    public static bool PrefersYaml(string accept)
    {
        foreach (var option in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            switch (MediaType(option))
            {
                case "application/yaml":
                    return true;
                case "application/json" or "application/*" or "*/*":
                    return false;
            }
        }

        return false;
    }

    /// <summary>Whether the client asks for aggregated discovery, and in which version.</summary>
    public static string? AggregatedDiscovery(string accept)
    {
        foreach (var option in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = option.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] == "application/json" && Parameter(parts, "as") == "APIGroupDiscoveryList" && Parameter(parts, "g") == "apidiscovery.k8s.io" && Parameter(parts, "v") is "v2" or "v2beta1")
            {
                return Parameter(parts, "v");
            }
        }

        return null;
    }

    /// <summary>The media type of a header, without its parameters, in lower case.</summary>
    public static string MediaType(string? contentType) => (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();

    private static string? Parameter(string[] parts, string name)
    {
        foreach (var part in parts)
        {
            if (part.StartsWith(name + "=", StringComparison.Ordinal)) return part[(name.Length + 1)..];
        }

        return null;
    }
}

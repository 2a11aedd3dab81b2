using System.Globalization;
using Microsoft.AspNetCore.Http;
using Minik8s.Kubelet.Logs;

namespace Minik8s.Kubelet.Server;

/// <summary>The query of <c>/containerLogs</c>.</summary>
internal sealed record LogQuery(bool Previous, ContainerLogOptions Options)
{
    /// <exception cref="ServerException">400: a value does not parse; 422: one is out of its range.</exception>
    public static LogQuery Parse(IQueryCollection query, DateTimeOffset now)
    {
        var tailLines = Number(query, "tailLines");
        var limitBytes = Number(query, "limitBytes");
        var sinceSeconds = Number(query, "sinceSeconds");
        var sinceTime = Time(query);
        if (tailLines < 0 || limitBytes < 1 || sinceSeconds < 1 || (sinceSeconds is not null && sinceTime is not null))
        {
            throw new ServerException(StatusCodes.Status422UnprocessableEntity, """{"message": "Invalid request."}""");
        }

        // More seconds than there are is the same as all.
        if (sinceSeconds is { } seconds) sinceTime = seconds < (now - DateTimeOffset.MinValue).TotalSeconds ? now - TimeSpan.FromSeconds(seconds) : null;
        return new(
            Flag(query, "previous"),
            new ContainerLogOptions { Follow = Flag(query, "follow"), TailLines = tailLines, LimitBytes = limitBytes, Since = sinceTime, Timestamps = Flag(query, "timestamps") });
    }

    // As Kubernetes reads booleans of a query: present means true, unless it says no.
    private static bool Flag(IQueryCollection query, string name) => query.TryGetValue(name, out var values) && values.FirstOrDefault()?.ToLowerInvariant() is not ("false" or "0");

    private static long? Number(IQueryCollection query, string name)
    {
        if (query[name].FirstOrDefault() is not { Length: > 0 } text) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Undecodable();
    }

    private static DateTimeOffset? Time(IQueryCollection query)
    {
        if (query["sinceTime"].FirstOrDefault() is not { Length: > 0 } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value) ? value : throw Undecodable();
    }

    private static ServerException Undecodable() => new(StatusCodes.Status400BadRequest, """{"message": "Unable to decode query."}""");
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;

namespace Minik8s.ApiServer.Streaming;

/// <summary>The parameters of <c>log</c> (PodLogOptions), from the query.</summary>
internal sealed record LogOptions(string? Container, bool Follow, bool InsecureSkipTlsVerifyBackend, string KubeletQuery)
{
    /// <exception cref="StatusException">400: a value does not parse; 422: one is out of its range.</exception>
    public static LogOptions Parse(IQueryCollection query, string podName)
    {
        var tailLines = query.Number("tailLines");
        var limitBytes = query.Number("limitBytes");
        var sinceSeconds = query.Number("sinceSeconds");
        var sinceTime = Time(query);
        var errors = new List<FieldError>();
        if (tailLines < 0) errors.Add(Invalid("tailLines", tailLines.Value, "must be greater than or equal to 0"));
        if (limitBytes < 1) errors.Add(Invalid("limitBytes", limitBytes.Value, "must be greater than 0"));
        if (sinceSeconds is not null && sinceTime is not null) errors.Add(new(FieldErrorType.Forbidden, "", null, "at most one of `sinceTime` or `sinceSeconds` may be specified"));
        else if (sinceSeconds < 1) errors.Add(Invalid("sinceSeconds", sinceSeconds.Value, "must be greater than 0"));
        if (errors.Count > 0) throw StatusErrors.Invalid(new GroupVersionKind("", "v1", "PodLogOptions"), podName, errors);

        var follow = query.Flag("follow");
        var parts = new List<string>();
        if (follow) parts.Add("follow=true");
        if (query.Flag("previous")) parts.Add("previous=true");
        if (query.Flag("timestamps")) parts.Add("timestamps=true");
        if (sinceSeconds is not null) parts.Add(string.Create(CultureInfo.InvariantCulture, $"sinceSeconds={sinceSeconds}"));
        if (sinceTime is not null) parts.Add("sinceTime=" + Uri.EscapeDataString(sinceTime));
        if (tailLines is not null) parts.Add(string.Create(CultureInfo.InvariantCulture, $"tailLines={tailLines}"));
        if (limitBytes is not null) parts.Add(string.Create(CultureInfo.InvariantCulture, $"limitBytes={limitBytes}"));
        return new(query["container"].FirstOrDefault(), follow, query.Flag("insecureSkipTLSVerifyBackend"), string.Join('&', parts));
    }

    private static FieldError Invalid(string field, long value, string detail) =>
        new(FieldErrorType.Invalid, field, value.ToString(CultureInfo.InvariantCulture), detail);

    /// <summary>An RFC 3339 time, passed on as it came.</summary>
    private static string? Time(IQueryCollection query)
    {
        if (query["sinceTime"].FirstOrDefault() is not { Length: > 0 } text) return null;
        // DateTimeOffset takes many forms; RFC 3339 is those with a T and an offset.
        var valid = text.Length >= 20 && text[10] is 'T' or 't' && (text[^1] is 'Z' or 'z' || text[^3] == ':')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
        return valid ? text : throw StatusErrors.BadRequest($"parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as an RFC 3339 time");
    }
}

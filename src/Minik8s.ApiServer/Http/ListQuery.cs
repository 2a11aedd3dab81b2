using System.Globalization;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Http;

/// <summary>The query of a list or watch (meta/v1 <c>ListOptions</c>), checked as apimachinery's internalversion validation does.</summary>
internal sealed record ListQuery
{
    private static readonly string[] Matches = ["Exact", "NotOlderThan"];

    public string LabelSelector { get; private init; } = "";

    public string FieldSelector { get; private init; } = "";

    /// <summary>As it was given; empty asks for the newest state.</summary>
    public string ResourceVersion { get; private init; } = "";

    /// <summary>The same as a number; 0 for none.</summary>
    public long Revision { get; private init; }

    public bool Exact { get; private init; }

    public int Limit { get; private init; }

    public string Continue { get; private init; } = "";

    public TimeSpan? Timeout { get; private init; }

    public bool Bookmarks { get; private init; }

    /// <summary>Whether a watch begins with the present objects; null leaves it to the version that it starts from.</summary>
    public bool? SendInitialEvents { get; private init; }

    /// <summary>What of each object a Table's rows carry: <c>None</c>, <c>Metadata</c> or <c>Object</c>.</summary>
    public string IncludeObject { get; private init; } = "";

    /// <exception cref="StatusException">400 for a value of a wrong type, 422 for values that do not go together.</exception>
    public static ListQuery Read(IQueryCollection query, bool watch)
    {
        var match = query["resourceVersionMatch"].ToString();
        var version = query["resourceVersion"].ToString();
        var result = new ListQuery
        {
            LabelSelector = query["labelSelector"].ToString(),
            FieldSelector = query["fieldSelector"].ToString(),
            ResourceVersion = version,
            Revision = Integer(version, "resourceVersion"),
            Exact = match == "Exact",
            Limit = (int)Math.Min(Integer(query["limit"], "limit"), int.MaxValue),
            Continue = query["continue"].ToString(),
            Timeout = Integer(query["timeoutSeconds"], "timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(Math.Min(seconds, 1_000_000)) : null,
            Bookmarks = Flag(query, "allowWatchBookmarks") ?? false,
            SendInitialEvents = Flag(query, "sendInitialEvents"),
            IncludeObject = query["includeObject"].ToString(),
        };
        var errors = new List<FieldError>();
        if (watch) result.CheckWatch(match, errors);
        else result.CheckList(match, errors);
        return errors.Count == 0 ? result : throw StatusErrors.Invalid(new("meta.k8s.io", "v1", "ListOptions"), "", errors);
    }

    private void CheckWatch(string match, List<FieldError> errors)
    {
        if (SendInitialEvents is not null && match != "NotOlderThan") Forbid(errors, "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (match.Length == 0) return;
        if (SendInitialEvents is null) Forbid(errors, "resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        if (match != "NotOlderThan") errors.Add(new(FieldErrorType.NotSupported, "resourceVersionMatch", $"\"{match}\"", "supported values: \"NotOlderThan\""));
        if (Continue.Length > 0) Forbid(errors, "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
    }

    private void CheckList(string match, List<FieldError> errors)
    {
        if (SendInitialEvents is not null) Forbid(errors, "sendInitialEvents", "sendInitialEvents is forbidden for list");
        if (Continue.Length > 0 && ResourceVersion.Length > 0 && ResourceVersion != "0") throw StatusErrors.BadRequest("specifying resource version is not allowed when using continue");
        if (match.Length == 0) return;
        if (ResourceVersion.Length == 0) Forbid(errors, "resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (Continue.Length > 0) Forbid(errors, "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        if (!Matches.Contains(match)) errors.Add(new(FieldErrorType.NotSupported, "resourceVersionMatch", $"\"{match}\"", "supported values: \"Exact\", \"NotOlderThan\""));
        if (Exact && ResourceVersion == "0") Forbid(errors, "resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    }

    private static void Forbid(List<FieldError> errors, string field, string why) => errors.Add(new(FieldErrorType.Forbidden, field, null, why));

    private static long Integer(string? text, string name)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw StatusErrors.BadRequest($"{name}: Invalid value: \"{text}\": must be a non-negative integer");
    }

    /// <summary>A boolean as Kubernetes' query decoder takes it: present without a value means true.</summary>
    private static bool? Flag(IQueryCollection query, string name) =>
        query.TryGetValue(name, out var value) ? value.ToString() is not ("false" or "0" or "False" or "FALSE" or "f" or "F") : null;
}

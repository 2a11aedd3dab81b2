using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Registry;

/// <summary>What a write request asks for beside its object.</summary>
public sealed record WriteOptions
{
    public bool DryRun { get; init; }

    /// <summary>What happens with unknown and duplicate fields: <c>Strict</c>, <c>Warn</c> or <c>Ignore</c>.</summary>
    public string FieldValidation { get; init; } = "Warn";

    /// <summary>Receives warnings for the client.</summary>
    public required Action<string> Warn { get; init; }

    /// <exception cref="StatusException">A parameter has a value that it cannot have.</exception>
    public static WriteOptions Read(Func<string, string?> query, Action<string> warn)
    {
        var dryRun = query("dryRun") ?? "";
        if (dryRun is not ("" or "All")) throw Invalid("dryRun", dryRun, "All");
        var validation = query("fieldValidation") is { Length: > 0 } given ? given : "Warn";
        if (validation is not ("Strict" or "Warn" or "Ignore")) throw Invalid("fieldValidation", validation, "Ignore", "Strict", "Warn");
        return new() { DryRun = dryRun == "All", FieldValidation = validation, Warn = warn };
    }

    /// <summary>Acts upon what a strict reader found.</summary>
    public void Report(IReadOnlyList<string> strictErrors)
    {
        if (strictErrors.Count == 0 || FieldValidation == "Ignore") return;
        if (FieldValidation == "Strict") throw StatusErrors.BadRequest($"strict decoding error: {string.Join(", ", strictErrors)}");
        foreach (var error in strictErrors) Warn(error);
    }

    private static StatusException Invalid(string field, string value, params string[] supported)
    {
        var error = new FieldError(FieldErrorType.NotSupported, field, $"\"{value}\"", "supported values: " + string.Join(", ", supported.Select(s => $"\"{s}\"")));
        return StatusErrors.Invalid(new("meta.k8s.io", "v1", "CreateOptions"), "", [error]);
    }
}

using Minik8s.Api.Errors;
using Minik8s.Api.Validation;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.ManagedFields;

namespace Minik8s.ApiServer.Registry;

/// <summary>What a write request asks for beside its object.</summary>
public sealed record WriteOptions
{
    public bool DryRun { get; init; }

    /// <summary>What happens with unknown and duplicate fields: <c>Strict</c>, <c>Warn</c> or <c>Ignore</c>.</summary>
    public string FieldValidation { get; init; } = "Warn";

    /// <summary>Who writes, for managed fields; the server itself unless a request says otherwise.</summary>
    public string FieldManager { get; init; } = "kube-apiserver";

    /// <summary>The subresource through which the object itself is written, for managed fields (<c>scale</c>); null when it is the one that is written.</summary>
    public string? Through { get; init; }

    /// <summary>The write applies a configuration and has computed the managed fields itself.</summary>
    internal bool Applies { get; init; }

    /// <summary>Who writes; null: the server itself.</summary>
    public UserInfo? User { get; init; }

    /// <summary>Called before a write that was to change an object creates it instead; throws where the writer may not.</summary>
    public Action? BeforeCreate { get; init; }

    /// <summary>Receives warnings for the client.</summary>
    public required Action<string> Warn { get; init; }

    /// <param name="kind">The kind of options that the verb takes: <c>CreateOptions</c>, <c>UpdateOptions</c> or <c>PatchOptions</c>.</param>
    /// <param name="query">The parameters.</param>
    /// <param name="userAgent">The client's name for itself; its first part is the manager when none is named.</param>
    /// <param name="warn">Receives warnings for the client.</param>
    /// <exception cref="StatusException">A parameter has a value that it cannot have.</exception>
    public static WriteOptions Read(string kind, Func<string, string?> query, string? userAgent, Action<string> warn)
    {
        var errors = new List<FieldError>();
        var manager = query("fieldManager") ?? "";
        FieldManagerName.Validate(manager, "fieldManager", errors);
        var dryRun = query("dryRun") ?? "";
        if (dryRun is not ("" or "All")) errors.NotSupported("dryRun", dryRun, "All");
        var validation = query("fieldValidation") is { Length: > 0 } given ? given : "Warn";
        if (validation is not ("Strict" or "Warn" or "Ignore")) errors.NotSupported("fieldValidation", validation, "Ignore", "Strict", "Warn");
        if (errors.Count > 0) throw Invalid(kind, errors);
        return new() { DryRun = dryRun == "All", FieldValidation = validation, FieldManager = manager.Length > 0 ? manager : FieldManagerName.FromUserAgent(userAgent), Warn = warn };
    }

    /// <summary>The failure of options themselves.</summary>
    public static StatusException Invalid(string kind, IReadOnlyList<FieldError> errors) => StatusErrors.Invalid(new("meta.k8s.io", "v1", kind), "", errors);

    /// <summary>Acts upon what a strict reader found.</summary>
    public void Report(IReadOnlyList<string> strictErrors)
    {
        if (strictErrors.Count == 0 || FieldValidation == "Ignore") return;
        if (FieldValidation == "Strict") throw StatusErrors.BadRequest($"strict decoding error: {string.Join(", ", strictErrors)}");
        foreach (var error in strictErrors) Warn(error);
    }
}

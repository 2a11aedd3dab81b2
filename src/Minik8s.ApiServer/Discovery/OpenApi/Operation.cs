using Minik8s.Api.Identity;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>One path with what it offers.</summary>
internal sealed record PathItem(string Path, IReadOnlyList<Parameter> Parameters, IReadOnlyList<Operation> Operations);

/// <summary>One operation, the same for both versions of OpenAPI.</summary>
internal sealed record Operation
{
    /// <summary>The HTTP method, lower case.</summary>
    public required string Method { get; init; }

    public required string Id { get; init; }

    public required string Description { get; init; }

    public required string Tag { get; init; }

    /// <summary><c>x-kubernetes-action</c>: get, list, post, put, patch, delete, deletecollection, connect; null for paths that are about no resource.</summary>
    public string? Action { get; init; }

    public GroupVersionKind? Kind { get; init; }

    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>The definition of the body; null for none.</summary>
    public string? Body { get; init; }

    public bool BodyRequired { get; init; } = true;

    public IReadOnlyList<string> BodyTypes { get; init; } = [];

    /// <summary>The definition of the answer, or null for a plain text.</summary>
    public string? Answer { get; init; }

    public IReadOnlyList<string> AnswerTypes { get; init; } = [];

    public IReadOnlyList<int> Codes { get; init; } = [200];
}

/// <summary>A parameter of a path or of a query.</summary>
internal sealed record Parameter(string Name, string Type, string Description, bool InPath = false);

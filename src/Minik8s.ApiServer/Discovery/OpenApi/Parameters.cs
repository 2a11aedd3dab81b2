namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The parameters that the API takes, by kind of operation.</summary>
internal static class Parameters
{
    private static readonly Parameter DryRun = new("dryRun", "string",
        "Checks the request and answers as if it had been carried out, but persists nothing. The only value is All: every stage of the request is run.");

    private static readonly Parameter FieldManager = new("fieldManager", "string",
        "The name of the actor or entity that makes this change: at most 128 printable characters. Required for apply requests, taken from the user agent otherwise.");

    private static readonly Parameter FieldValidation = new("fieldValidation", "string",
        "What the server does about unknown and duplicate fields: Ignore drops them silently, Warn drops them and sends a warning for each (the default), Strict fails the request "
        + "and names them all.");

    private static readonly Parameter Force = new("force", "boolean",
        "Takes over fields that another manager owns. Only for apply requests; other patches may not set it.");

    private static readonly Parameter FieldSelector = new("fieldSelector", "string", "Restricts the objects by their fields. Defaults to everything.");

    private static readonly Parameter LabelSelector = new("labelSelector", "string", "Restricts the objects by their labels. Defaults to everything.");

    private static readonly Parameter Limit = new("limit", "integer",
        "The largest number of objects in one answer. When there are more, metadata.continue of the list holds a token for the next part, and all parts show the same snapshot.");

    private static readonly Parameter Continue = new("continue", "string",
        "The token of an earlier answer, to go on from where that ended. An expired token fails with 410 and a token with which the list can go on from a newer snapshot.");

    private static readonly Parameter ResourceVersion = new("resourceVersion", "string",
        "Constrains the resource versions from which the request may be served. See https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions for details.");

    private static readonly Parameter ResourceVersionMatch = new("resourceVersionMatch", "string",
        "How resourceVersion applies to a list: NotOlderThan or Exact. See https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions for details.");

    private static readonly Parameter TimeoutSeconds = new("timeoutSeconds", "integer", "Ends the list or watch after this many seconds, regardless of activity.");

    private static readonly Parameter SendInitialEvents = new("sendInitialEvents", "boolean",
        "A watch begins with an event for every object that exists, followed by a bookmark. Needs resourceVersionMatch.");

    public static Parameter Pretty { get; } = new("pretty", "string", "If 'true', then the output is pretty printed.");

    public static Parameter Namespace { get; } = new("namespace", "string", "The object's name and auth scope, such as for teams and projects.", InPath: true);

    public static IReadOnlyList<Parameter> List { get; } =
    [
        new("allowWatchBookmarks", "boolean", "A watch may carry bookmarks: events that tell how far it has come, at times that the server chooses."),
        Continue, FieldSelector, LabelSelector, Limit, ResourceVersion, ResourceVersionMatch, SendInitialEvents, TimeoutSeconds,
        new("watch", "boolean", "Sends changes of the objects as a stream of events from resourceVersion on, instead of a list."),
    ];

    public static IReadOnlyList<Parameter> Write { get; } = [DryRun, FieldManager, FieldValidation];

    public static IReadOnlyList<Parameter> Patch { get; } = [DryRun, FieldManager, FieldValidation, Force];

    public static IReadOnlyList<Parameter> Delete { get; } =
    [
        DryRun,
        new("gracePeriodSeconds", "integer", "Seconds until the object is deleted; zero is at once. The object's own default when absent."),
        new("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean", "Deletes an object that cannot be read from the store, without finalizers and preconditions."),
        new("orphanDependents", "boolean", "Deprecated in favour of propagationPolicy: whether dependents stay when their owner goes."),
        new("propagationPolicy", "string",
            "What becomes of dependents: Orphan leaves them, Background deletes them after the owner, Foreground deletes them before the owner. The object's own default when absent."),
    ];

    public static IReadOnlyList<Parameter> DeleteCollection { get; } =
        [.. Delete.Concat([Continue, FieldSelector, LabelSelector, Limit, ResourceVersion, ResourceVersionMatch, SendInitialEvents, TimeoutSeconds]).OrderBy(p => p.Name, StringComparer.Ordinal)];

    public static Parameter Name(string kind) => new("name", "string", $"name of the {kind}", InPath: true);

    /// <summary>The query parameters of the subresources that are streams or texts.</summary>
    public static IReadOnlyList<Parameter> Of(string subresource) => subresource switch
    {
        "log" =>
        [
            new("container", "string", "The container whose log is read. Defaults to the only container of the pod."),
            new("follow", "boolean", "Follows the log as it grows."),
            new("insecureSkipTLSVerifyBackend", "boolean", "Does not check the certificate of the kubelet that serves the log."),
            new("limitBytes", "integer", "Ends the answer after this many bytes, possibly within a line."),
            new("previous", "boolean", "Reads the log of the container's previous instance."),
            new("sinceSeconds", "integer", "Shows lines of the last so many seconds only."),
            new("sinceTime", "string", "Shows lines from this time on only (RFC 3339)."),
            new("stream", "string", "The stream to show: All, Stdout or Stderr."),
            new("tailLines", "integer", "Shows this many lines from the end of the log only."),
            new("timestamps", "boolean", "Begins every line with its time."),
        ],
        "exec" =>
        [
            new("command", "string", "The command to run, one parameter an argument; it is not run in a shell."),
            .. Streams,
        ],
        "attach" => Streams,
        "portforward" => [new("ports", "integer", "The ports to forward; required over WebSockets.")],
        "proxy" => [new("path", "string", "The path of the URL to use for the request.")],
        _ => [],
    };

    private static IReadOnlyList<Parameter> Streams =>
    [
        new("container", "string", "The container to connect to. Defaults to the only container of the pod."),
        new("stderr", "boolean", "Sends the standard error stream."),
        new("stdin", "boolean", "Takes a standard input stream."),
        new("stdout", "boolean", "Sends the standard output stream."),
        new("tty", "boolean", "Connects a terminal."),
    ];
}

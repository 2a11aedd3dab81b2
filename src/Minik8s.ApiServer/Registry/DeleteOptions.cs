using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Registry;

/// <summary>How something is to be deleted: <c>DeleteOptions</c> (meta/v1) from the body, or the query parameters of the same names.</summary>
public sealed record DeleteOptions
{
    public long? GracePeriodSeconds { get; init; }

    public string? PropagationPolicy { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Who deletes; null: the server itself.</summary>
    public UserInfo? User { get; init; }

    internal static Schema Schema => BuiltInSchemas.Get("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");

    public static DeleteOptions Read(Func<string, string?> query, ReadOnlySpan<byte> body)
    {
        var given = new JsonObject();
        if (body.Length > 0)
        {
            try
            {
                given = ObjectDecoder.Decode(body, Schema).Object;
            }
            catch (DecodeException e)
            {
                throw StatusErrors.BadRequest(e.Message);
            }
        }

        long? grace = given.Number("gracePeriodSeconds");
        if (grace is null && query("gracePeriodSeconds") is { Length: > 0 } text)
        {
            grace = long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? seconds : throw StatusErrors.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
        }

        var policy = given.Text("propagationPolicy") ?? query("propagationPolicy");
        if (policy is { Length: > 0 } and not ("Orphan" or "Background" or "Foreground"))
        {
            var error = new FieldError(FieldErrorType.NotSupported, "propagationPolicy", $"\"{policy}\"", "supported values: \"Background\", \"Foreground\", \"Orphan\"");
            throw StatusErrors.Invalid(new("meta.k8s.io", "v1", "DeleteOptions"), "", [error]);
        }

        if (given["orphanDependents"].Flag() is { } orphan) policy = orphan ? "Orphan" : "Background";
        return new()
        {
            GracePeriodSeconds = grace,
            PropagationPolicy = policy,
            Uid = given.Map("preconditions").Text("uid"),
            ResourceVersion = given.Map("preconditions").Text("resourceVersion"),
            DryRun = query("dryRun") == "All" || (given["dryRun"] as JsonArray ?? []).Any(d => d.Text() == "All"),
        };
    }
}

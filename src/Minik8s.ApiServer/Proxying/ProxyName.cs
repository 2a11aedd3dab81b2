namespace Minik8s.ApiServer.Proxying;

/// <summary>The name in the path of a proxied request: <c>name</c>, <c>name:port</c> or <c>scheme:name:port</c>.</summary>
/// <param name="Scheme">http, https, or empty where none is given.</param>
/// <param name="Name">The object's name.</param>
/// <param name="Port">A number or a port's name; empty where none is given.</param>
internal readonly record struct ProxyName(string Scheme, string Name, string Port)
{
    /// <summary>Null for what has no such form.</summary>
    public static ProxyName? Parse(string text)
    {
        var parts = text.Split(':');
        ProxyName? name = parts switch
        {
            [var only] => new("", only, ""),
            [var first, var port] => new("", first, port),
            [var scheme, var middle, var port] => new(scheme, middle, port),
            _ => null,
        };
        return name is { Scheme: "" or "http" or "https", Name.Length: > 0 } ? name : null;
    }
}

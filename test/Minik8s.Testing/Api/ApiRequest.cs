using System.Text.Json.Nodes;

namespace Minik8s.Testing.Api;

/// <summary>A request that a <see cref="FakeApi"/> got.</summary>
/// <param name="Verb">As in authorization: <c>get</c>, <c>list</c>, <c>create</c>…</param>
/// <param name="Resource">The plural, with the subresource: <c>pods/status</c>.</param>
/// <param name="Namespace">Empty for objects of the cluster.</param>
/// <param name="Name">The object's name, also of one that was created; empty for collections.</param>
/// <param name="Body">What was sent.</param>
public sealed record ApiRequest(string Verb, string Resource, string Namespace, string Name, JsonNode? Body)
{
    public bool IsWrite => Verb is not ("get" or "list" or "watch");

    /// <summary><c>create pods default/web</c>.</summary>
    public override string ToString() => $"{Verb} {Resource} {(Namespace.Length == 0 ? Name : $"{Namespace}/{Name}")}".TrimEnd();
}

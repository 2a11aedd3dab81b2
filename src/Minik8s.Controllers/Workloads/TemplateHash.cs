using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client.Json;

namespace Minik8s.Controllers.Workloads;

/// <summary>A short text for a pod template, for names and labels.</summary>
internal static class TemplateHash
{
    // Characters that make no words (apimachinery's SafeEncodeString).
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>The hash of a template; with the count of collisions so far it becomes another.</summary>
    public static string Of(V1PodTemplateSpec template, int? collisions)
    {
        // FNV-1a of 32 bits, over a form that does not depend on the order of fields.
        var hash = 2166136261u;
        void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var b in bytes) hash = unchecked((hash ^ b) * 16777619u);
        }

        Add(Encoding.UTF8.GetBytes(Sorted(ModelJson.ToNode(template))!.ToJsonString()));
        if (collisions is { } count) Add(Encoding.UTF8.GetBytes(count.ToString(CultureInfo.InvariantCulture)));
        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(c => Alphabet[c % Alphabet.Length]));
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Minik8s.Controllers.Support;

/// <summary>Pieces of patches.</summary>
internal static class KubeJson
{
    /// <summary>A patch as UTF-8.</summary>
    public static byte[] Bytes(JsonNode patch) => Encoding.UTF8.GetBytes(patch.ToJsonString());

    /// <summary>A time as metav1.Time.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

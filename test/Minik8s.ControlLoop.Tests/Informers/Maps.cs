using k8s.Models;

namespace Minik8s.ControlLoop.Tests.Informers;

/// <summary>ConfigMaps from short texts: <c>name@version</c>, with a uid other than the name after a slash.</summary>
internal static class Maps
{
    public static V1ConfigMap Map(string text)
    {
        var at = text.Split('@', '/');
        return new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = at[0], NamespaceProperty = "default", ResourceVersion = at[1], Uid = at.Length > 2 ? at[2] : at[0] },
        };
    }

    public static string Text(V1ConfigMap map) => $"{map.Metadata.Name}@{map.Metadata.ResourceVersion}";
}

using System.Text.RegularExpressions;

namespace Minik8s.Kubelet.Images;

/// <summary>The form of image references (distribution's reference grammar).</summary>
internal static partial class ImageName
{
    public static bool IsValid(string name) => name.Length is > 0 and < 512 && Reference().IsMatch(name);

    [GeneratedRegex("^([A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?\\z")]
    private static partial Regex Reference();
}

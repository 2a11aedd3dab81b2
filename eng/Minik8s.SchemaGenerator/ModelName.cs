using System.Text.RegularExpressions;

namespace Minik8s.SchemaGenerator;

/// <summary>
/// A model's name taken apart: <c>V1beta1Lease</c> is the kind Lease in v1beta1. The group stands in front where names would collide (<c>Corev1Event</c>).
/// </summary>
internal sealed partial record ModelName(string Version, string Kind)
{
    public static ModelName Parse(string model)
    {
        var match = Form().Match(model);
        return match.Success ? new("v" + match.Groups[1].Value, match.Groups[2].Value) : throw new InvalidDataException($"the model {model} has no version in its name");
    }

    [GeneratedRegex("^(?:[A-Z][a-z]+v|V)([0-9]+(?:(?:alpha|beta)[0-9]+)?)([A-Z].*)$")]
    private static partial Regex Form();
}

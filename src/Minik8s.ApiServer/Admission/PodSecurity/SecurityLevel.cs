using System.Globalization;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>The levels of the Pod Security Standards, each stricter than the one before.</summary>
internal enum SecurityLevel
{
    Privileged,
    Baseline,
    Restricted,
}

/// <summary>A level as one minor version of Kubernetes defined it.</summary>
/// <param name="Level">How strict.</param>
/// <param name="Minor">The version 1.x; <see cref="Latest"/> for the newest definition.</param>
internal readonly record struct LevelVersion(SecurityLevel Level, int Minor)
{
    public const int Latest = int.MaxValue;

    public override string ToString()
    {
        var level = Level switch { SecurityLevel.Privileged => "privileged", SecurityLevel.Baseline => "baseline", _ => "restricted" };
        return Minor == Latest ? $"{level}:latest" : string.Create(CultureInfo.InvariantCulture, $"{level}:v1.{Minor}");
    }
}

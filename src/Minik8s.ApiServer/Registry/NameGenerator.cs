using System.Security.Cryptography;

namespace Minik8s.ApiServer.Registry;

/// <summary>Completes <c>metadata.generateName</c> with five characters that make no words.</summary>
internal static class NameGenerator
{
    private const int MaxPrefix = 58;

    public static string Generate(string prefix) =>
        (prefix.Length > MaxPrefix ? prefix[..MaxPrefix] : prefix) + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz2456789", 5);
}

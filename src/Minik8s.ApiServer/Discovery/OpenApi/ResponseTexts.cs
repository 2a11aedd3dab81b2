namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The descriptions of answers by their code.</summary>
internal static class ResponseTexts
{
    public static string Of(int code) => code switch { 201 => "Created", 202 => "Accepted", 401 => "Unauthorized", _ => "OK" };
}

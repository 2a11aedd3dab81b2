using System.Globalization;
using System.Text.Json.Nodes;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>Conditions of a CustomResourceDefinition's status.</summary>
public static class DefinitionConditions
{
    public static bool IsTrue(JsonObject definition, string type) => Find(definition.Map("status"), type).Text("status") == "True";

    /// <summary>Sets a condition; the time of transition changes with the status alone.</summary>
    public static void Set(JsonObject status, string type, string value, string reason, string message, DateTimeOffset now)
    {
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        var condition = Find(status, type);
        if (condition is null)
        {
            condition = new JsonObject { ["type"] = type };
            conditions.Add((JsonNode)condition);
        }

        if (condition.Text("status") != value || condition["lastTransitionTime"] is null)
        {
            condition["status"] = value;
            condition["lastTransitionTime"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        condition["reason"] = reason;
        condition["message"] = message;
    }

    public static void Remove(JsonObject status, string type)
    {
        if (Find(status, type) is { } condition) status["conditions"]!.AsArray().Remove(condition);
    }

    private static JsonObject? Find(JsonNode? status, string type) => status.Items("conditions").FirstOrDefault(c => c.Text("type") == type);
}

using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of what a pod says about names on its network: resolver settings and aliases of hosts.</summary>
internal static class PodNetworkValidation
{
    private const int MaxNameservers = 3;
    private const int MaxSearches = 32;
    private const int MaxSearchCharacters = 2048;

    public static void ValidateDns(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        path += ".dnsConfig";
        var config = spec.Map("dnsConfig");
        if (spec.Text("dnsPolicy") == "None")
        {
            if (config is null)
            {
                errors.Required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
                return;
            }

            if (config["nameservers"] is not JsonArray { Count: > 0 })
            {
                errors.Required($"{path}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
                return;
            }
        }

        if (config is null) return;
        if (config["nameservers"] is JsonArray { Count: > MaxNameservers } servers) errors.Invalid($"{path}.nameservers", servers, $"must not have more than {MaxNameservers} nameservers");
        foreach (var (server, at) in config.IndexedTexts("nameservers", path)) errors.All(at, server, Addresses.Ip(server));
        var searches = config.IndexedTexts("searches", path).ToList();
        if (searches.Count > MaxSearches) errors.Invalid($"{path}.searches", config["searches"], $"must not have more than {MaxSearches} search paths");
        if (searches.Sum(s => s.Text.Length + 1) - 1 > MaxSearchCharacters)
        {
            errors.Invalid($"{path}.searches", config["searches"], $"must not have more than {MaxSearchCharacters} characters (including spaces) in the search list");
        }

        foreach (var (search, at) in searches)
        {
            // A single dot is the root; underscores occur in the names of services.
            if (search != ".") errors.All(at, search, Names.DnsSubdomain((search.EndsWith('.') ? search[..^1] : search).Replace('_', 'a')));
        }

        foreach (var (option, at) in config.Indexed("options", path))
        {
            if (option.Lacks("name")) errors.Required(at, "must not be empty");
        }
    }

    public static void ValidateHostAliases(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        foreach (var (alias, at) in spec.Indexed("hostAliases", path))
        {
            errors.All($"{at}.ip", alias.Text("ip") ?? "", Addresses.Ip(alias.Text("ip") ?? ""));
            foreach (var (name, namePath) in alias.IndexedTexts("hostnames", at)) errors.All(namePath, name, Names.DnsSubdomain(name));
        }
    }
}

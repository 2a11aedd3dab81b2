using System.Text;
using Microsoft.AspNetCore.Http;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Health;

/// <summary>Answers /healthz, /livez and /readyz, whole or a check at a time, as Kubernetes formats them.</summary>
internal sealed class HealthHandler(RegistryCatalog catalog, Func<bool> bootstrapped)
{
    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not ["healthz" or "livez" or "readyz", ..] || parts.Length > 2) return false;
        var checks = Checks(parts[0]);
        if (parts.Length == 2)
        {
            if (checks.All(c => c.Name != parts[1])) return false;
            checks = [.. checks.Where(c => c.Name == parts[1])];
        }

        var failed = checks.Any(c => !c.Passed);
        var text = new StringBuilder();
        if (failed || context.Request.Query.ContainsKey("verbose"))
        {
            foreach (var (name, passed) in checks) text.Append(passed ? $"[+]{name} ok\n" : $"[-]{name} failed: reason withheld\n");
            text.Append(failed ? $"{parts[0]} check failed\n" : $"{parts[0]} check passed\n");
        }
        else
        {
            text.Append("ok");
        }

        await Respond.BytesAsync(context, failed ? 500 : 200, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
        return true;
    }

    private List<(string Name, bool Passed)> Checks(string kind)
    {
        var checks = new List<(string, bool)> { ("ping", true) };
        if (kind == "livez") return checks;
        checks.Add(("informer-sync", catalog.All.All(r => r.Cache.Synced.IsCompletedSuccessfully)));
        checks.Add(("poststarthook/start-system-namespaces-controller", bootstrapped()));
        return checks;
    }
}

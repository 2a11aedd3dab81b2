using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Minik8s.Host.Tests;

/// <summary>Enforces the direction of references that ARCHITECTURE.md draws: components meet only through API objects.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Api"] = [],
        ["Store"] = [],
        ["Linux"] = [],
        ["ApiServer"] = ["Api", "Store"],
        ["Client"] = ["Api"],
        ["ControlLoop"] = ["Client"],
        ["Scheduler"] = ["ControlLoop"],
        ["Controllers"] = ["ControlLoop"],
        ["Kubelet"] = ["ControlLoop", "Linux"],
        ["Proxy"] = ["ControlLoop", "Linux"],
        ["Host"] = ["Api", "Store", "ApiServer", "Client", "ControlLoop", "Scheduler", "Controllers", "Kubelet", "Proxy"],
    };

    [Fact]
    public void References_point_only_in_the_drawn_direction()
    {
        var source = Path.GetFullPath(Path.Combine(Here(), "../../src"));
        var projects = Directory.GetFiles(source, "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(Allowed.Keys.Order(), projects.Select(Short).Order());
        foreach (var project in projects)
        {
            var references = XDocument.Load(project).Descendants("ProjectReference").Select(r => Short(r.Attribute("Include")!.Value));
            Assert.All(references, reference => Assert.True(Allowed[Short(project)].Contains(reference), $"{Short(project)} must not reference {reference}"));
        }
    }

    private static string Short(string path) => Path.GetFileNameWithoutExtension(path)["Minik8s.".Length..];

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

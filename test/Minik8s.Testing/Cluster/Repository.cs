namespace Minik8s.Testing.Cluster;

/// <summary>Where the tests find what they test.</summary>
public static class Repository
{
    /// <summary>The root of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The executable under test: <c>MINIK8S_EXECUTABLE</c>, else the development build.</summary>
    public static string Executable { get; } =
        Environment.GetEnvironmentVariable("MINIK8S_EXECUTABLE") is { Length: > 0 } given
            ? Path.GetFullPath(given)
            : Path.Combine(Root, "src/Minik8s.Host/bin/Debug/net10.0/minik8s");

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Minik8s.slnx"))) return directory.FullName;
        }

        throw new InvalidOperationException($"no checkout above {AppContext.BaseDirectory}");
    }
}

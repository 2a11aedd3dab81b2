namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>How the checks put names and numbers into sentences.</summary>
internal static class Wording
{
    /// <summary><c>container "a"</c> or <c>containers "a", "b"</c>.</summary>
    public static string Containers(IReadOnlyCollection<string> names) => $"{Plural("container", names.Count)} {Quote(names)}";

    /// <summary><c>pod and container "a"</c>, or the one of both that applies.</summary>
    public static string Setters(bool pod, IReadOnlyCollection<string> containers) => (pod, containers.Count) switch
    {
        (true, 0) => "pod",
        (true, _) => $"pod and {Containers(containers)}",
        _ => Containers(containers),
    };

    public static string Plural(string word, int count) => count == 1 ? word : word + "s";

    public static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"\"{n}\""));

    /// <summary>Each text once, in order.</summary>
    public static IReadOnlyCollection<string> Distinct(IEnumerable<string> texts) => new SortedSet<string>(texts, StringComparer.Ordinal);
}

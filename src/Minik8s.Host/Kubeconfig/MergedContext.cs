namespace Minik8s.Host.Kubeconfig;

/// <summary>What was entered into a user's kubeconfig.</summary>
/// <param name="Path">The file.</param>
/// <param name="Context">The name of the context there.</param>
/// <param name="IsCurrent">Whether kubectl uses it without being told to.</param>
public sealed record MergedContext(string Path, string Context, bool IsCurrent);

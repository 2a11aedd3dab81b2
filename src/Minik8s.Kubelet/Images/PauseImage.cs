namespace Minik8s.Kubelet.Images;

/// <summary>The image of the infrastructure container, made from the program that is embedded here; nothing is pulled for it.</summary>
internal static class PauseImage
{
    public const string Tag = "minik8s.local/pause:1";

    /// <summary>Writes the image archive.</summary>
    public static void Write(Stream output)
    {
        using var resource = typeof(PauseImage).Assembly.GetManifestResourceStream("pause") ?? throw new InvalidOperationException("the pause program is missing from the assembly");
        using var program = new MemoryStream();
        resource.CopyTo(program);
        OciImageWriter.WriteExecutable(output, "pause", program.ToArray(), new OciImage { Tag = Tag, Entrypoint = ["/pause"], User = "65535:65535" });
    }
}

using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Minik8s.Kubelet.Images;

/// <summary>
/// Writes an image archive in the OCI image layout, with one layer, from a directory or from single files. The same content gives the same bytes.
/// </summary>
public static class OciImageWriter
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>Packs a directory as the root of the image.</summary>
    public static void WriteDirectory(Stream output, string root, OciImage image)
    {
        using var layer = new MemoryStream();
        using (var tar = new TarWriter(layer, TarEntryFormat.Pax, leaveOpen: true)) AddDirectory(tar, root, "");
        Write(output, layer.ToArray(), image);
    }

    /// <summary>Packs one executable file as <c>/name</c>.</summary>
    public static void WriteExecutable(Stream output, string name, byte[] content, OciImage image)
    {
        using var layer = new MemoryStream();
        using (var tar = new TarWriter(layer, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute,
                ModificationTime = Epoch,
                DataStream = new MemoryStream(content),
            });
        }

        Write(output, layer.ToArray(), image);
    }

    private static void AddDirectory(TarWriter tar, string directory, string prefix)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var name = prefix + entry.Name;
            if (entry.LinkTarget is { } target)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, ModificationTime = Epoch });
                continue;
            }

            if (entry is DirectoryInfo)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, name + "/") { Mode = entry.UnixFileMode, ModificationTime = Epoch });
                AddDirectory(tar, entry.FullName, name + "/");
                continue;
            }

            using var content = File.OpenRead(entry.FullName);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = entry.UnixFileMode, ModificationTime = Epoch, DataStream = content });
        }
    }

    private static void Write(Stream output, byte[] layer, OciImage image)
    {
        var compressed = Compress(layer);
        var config = Json(json => WriteConfig(json, image, Digest(layer)));
        var manifest = Json(json => WriteManifest(json, config, compressed));
        var index = Json(json => WriteIndex(json, manifest, image.Tag));
        using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (name, content) in new[]
        {
            ("oci-layout", Encoding.UTF8.GetBytes("""{"imageLayoutVersion":"1.0.0"}""")),
            (BlobPath(compressed), compressed),
            (BlobPath(config), config),
            (BlobPath(manifest), manifest),
            ("index.json", index),
        })
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { ModificationTime = Epoch, DataStream = new MemoryStream(content) });
        }
    }

    private static void WriteConfig(Utf8JsonWriter json, OciImage image, string diffId)
    {
        json.WriteStartObject();
        json.WriteString("architecture", Architecture);
        json.WriteString("os", "linux");
        json.WriteStartObject("config");
        if (image.User.Length > 0) json.WriteString("User", image.User);
        if (image.WorkingDirectory.Length > 0) json.WriteString("WorkingDir", image.WorkingDirectory);
        List(json, "Env", image.Environment);
        List(json, "Entrypoint", image.Entrypoint);
        List(json, "Cmd", image.Command);
        if (image.ExposedPorts.Count > 0)
        {
            json.WriteStartObject("ExposedPorts");
            foreach (var port in image.ExposedPorts)
            {
                json.WriteStartObject(port.Contains('/') ? port : port + "/tcp");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("rootfs");
        json.WriteString("type", "layers");
        List(json, "diff_ids", [diffId]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteManifest(Utf8JsonWriter json, byte[] config, byte[] layer)
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", "application/vnd.oci.image.manifest.v1+json");
        json.WritePropertyName("config");
        Descriptor(json, "application/vnd.oci.image.config.v1+json", config);
        json.WriteStartArray("layers");
        Descriptor(json, "application/vnd.oci.image.layer.v1.tar+gzip", layer);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteIndex(Utf8JsonWriter json, byte[] manifest, string tag)
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 2);
        json.WriteStartArray("manifests");
        Descriptor(json, "application/vnd.oci.image.manifest.v1+json", manifest, tag);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Descriptor(Utf8JsonWriter json, string mediaType, byte[] content, string? tag = null)
    {
        json.WriteStartObject();
        json.WriteString("mediaType", mediaType);
        json.WriteString("digest", Digest(content));
        json.WriteNumber("size", content.Length);
        if (tag is not null)
        {
            json.WriteStartObject("annotations");
            json.WriteString("io.containerd.image.name", tag);
            json.WriteString("org.opencontainers.image.ref.name", tag[(tag.LastIndexOf(':') + 1)..]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void List(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        return buffer.ToArray();
    }

    private static byte[] Compress(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(content);
        return buffer.ToArray();
    }

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private static string BlobPath(byte[] content) => "blobs/sha256/" + Convert.ToHexStringLower(SHA256.HashData(content));
}

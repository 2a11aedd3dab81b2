using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Minik8s.Host.Kubeconfig;

/// <summary>
/// One kubeconfig as a YAML tree, so that whatever is in it and not ours stays as it is: unknown fields, order, quoting, anchors. (Comments are
/// lost, as with <c>kubectl config</c>.)
/// </summary>
internal sealed class KubeconfigDocument
{
    /// <summary>The name of the extension that marks an entry as ours.</summary>
    private const string Mark = "minik8s";

    private static readonly string[] Lists = ["clusters", "contexts", "users"];

    private readonly YamlStream _stream;
    private readonly YamlMappingNode _root;

    /// <summary>A new kubeconfig.</summary>
    public KubeconfigDocument()
    {
        _root = new YamlMappingNode { { "apiVersion", "v1" }, { "kind", "Config" } };
        _stream = new YamlStream(new YamlDocument(_root));
    }

    private KubeconfigDocument(YamlStream stream, YamlMappingNode root)
    {
        _stream = stream;
        _root = root;
    }

    public string? CurrentContext
    {
        get => Text(_root, "current-context") is { Length: > 0 } name ? name : null;
        set => Set(_root, "current-context", value is null ? null : Quoted(value));
    }

    /// <summary>Whether nothing of any use is left.</summary>
    public bool IsEmpty => _stream.Documents.Count == 1
        && CurrentContext is null
        && _root.Children.All(c => c.Key is YamlScalarNode { Value: { } key } && (key is "apiVersion" or "kind" or "current-context" || IsNothing(c.Value)));

    /// <exception cref="KubeconfigException">It is not YAML, or not of a kubeconfig's form.</exception>
    public static KubeconfigDocument Parse(string text, string path)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (Exception e) when (e is YamlException or ArgumentException)
        {
            throw new KubeconfigException($"{path} is not a kubeconfig that can be read, so it was left as it is: {e.Message}", e);
        }

        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is YamlScalarNode { Value: "" or "null" or "~" }) return new();
        if (stream.Documents[0].RootNode is not YamlMappingNode root) throw new KubeconfigException($"{path} is not a kubeconfig (a YAML mapping), so it was left as it is.");
        var document = new KubeconfigDocument(stream, root);
        foreach (var list in Lists)
        {
            if (Child(root, list) is { } node and not YamlSequenceNode && !IsNothing(node)) throw new KubeconfigException($"In {path}, \"{list}\" is not a list, so the file was left as it is.");
        }

        return document;
    }

    public string ToYaml()
    {
        var writer = new StringWriter { NewLine = "\n" };
        _stream.Save(writer, assignAnchors: false);
        var text = writer.ToString();

        // YamlDotNet ends each document with an explicit "..." line, which a kubeconfig does not need.
        return text.EndsWith("\n...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }

    /// <summary>Whether a cluster, context or user of this name exists that does not belong to the installation.</summary>
    public bool HasForeign(string name, string installation) =>
        Lists.Any(list => Entries(list).Any(e => Text(e, "name") == name && !IsOurs(e, list, installation)));

    /// <summary>The name of the installation's context, if it is here.</summary>
    public string? OurContext(string installation) =>
        Entries("contexts").Where(e => IsOurs(e, "contexts", installation)).Select(e => Text(e, "name")).FirstOrDefault();

    /// <summary>Adds cluster, user and context; marked as the installation's unless that is null.</summary>
    public void Add(string name, string user, KubeconfigCredentials credentials, string? installation)
    {
        var context = new YamlMappingNode { { "cluster", Quoted(name) }, { "user", Quoted(user) } };
        var cluster = new YamlMappingNode { { "certificate-authority-data", Base64(credentials.CaPem) }, { "server", credentials.Server } };
        var person = new YamlMappingNode { { "client-certificate-data", Base64(credentials.CertificatePem) }, { "client-key-data", Base64(credentials.PrivateKeyPem) } };
        Append("clusters", name, "cluster", cluster, installation);
        Append("contexts", name, "context", context, installation);
        Append("users", user, "user", person, installation);
    }

    /// <summary>Removes what belongs to the installation, and <c>current-context</c> if it pointed there.</summary>
    /// <returns>Whether anything was there.</returns>
    public bool Remove(string installation)
    {
        var found = false;
        foreach (var list in Lists)
        {
            foreach (var entry in Entries(list).Where(e => IsOurs(e, list, installation)).ToList())
            {
                found = true;
                if (list == "contexts" && Text(entry, "name") == CurrentContext) CurrentContext = null;
                ((YamlSequenceNode)Child(_root, list)!).Children.Remove(entry);
            }
        }

        return found;
    }

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));

    private static bool IsNothing(YamlNode node) => node switch
    {
        YamlScalarNode scalar => scalar.Value is null or "" or "null" or "~" && scalar.Style is ScalarStyle.Plain or ScalarStyle.Any,
        YamlSequenceNode sequence => sequence.Children.Count == 0,
        YamlMappingNode mapping => mapping.Children.Count == 0,
        _ => false,
    };

    private static YamlNode? Child(YamlMappingNode parent, string key) => parent.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

    private static string? Text(YamlMappingNode parent, string key) => (Child(parent, key) as YamlScalarNode)?.Value;

    /// <summary>A name that YAML might read as a number or truth value is quoted.</summary>
    private static YamlScalarNode Quoted(string text)
    {
        var plain = text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
            && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");
        return new YamlScalarNode(text) { Style = plain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted };
    }

    private static bool IsOurs(YamlMappingNode entry, string list, string installation) =>
        Child(entry, list[..^1]) is YamlMappingNode body
        && Child(body, "extensions") is YamlSequenceNode extensions
        && extensions.OfType<YamlMappingNode>().Any(e => Text(e, "name") == Mark && Child(e, "extension") is YamlMappingNode mark && Text(mark, "installation") == installation);

    private static void Set(YamlMappingNode parent, string key, YamlNode? value)
    {
        // Replacing the value in its place keeps the order of the keys.
        if (value is null) parent.Children.Remove(new YamlScalarNode(key));
        else parent.Children[new YamlScalarNode(key)] = value;
    }

    private IEnumerable<YamlMappingNode> Entries(string list) => (Child(_root, list) as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [];

    private void Append(string list, string name, string kind, YamlMappingNode body, string? installation)
    {
        if (installation is not null)
        {
            var mark = new YamlMappingNode { { "installation", new YamlScalarNode(installation) { Style = ScalarStyle.DoubleQuoted } } };
            body.Add("extensions", new YamlSequenceNode(new YamlMappingNode { { "extension", mark }, { "name", Mark } }));
        }

        if (Child(_root, list) is not YamlSequenceNode sequence)
        {
            sequence = [];
            Set(_root, list, sequence);
        }

        // An empty list is usually written as "[]", in whose style everything would land on one line.
        if (sequence.Children.Count == 0) sequence.Style = YamlDotNet.Core.Events.SequenceStyle.Block;
        sequence.Add(new YamlMappingNode { { kind, body }, { "name", Quoted(name) } });
    }
}

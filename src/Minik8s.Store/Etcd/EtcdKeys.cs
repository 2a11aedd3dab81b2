using System.Text;
using Google.Protobuf;

namespace Minik8s.Store.Etcd;

/// <summary>Between the store's keys and etcd's, which carry the prefix.</summary>
internal sealed class EtcdKeys(string prefix)
{
    /// <summary>Every key, as start and end of a range (https://etcd.io/docs/v3.5/learning/api/#key-ranges).</summary>
    public static readonly ByteString Everything = ByteString.CopyFrom(0);

    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(prefix);

    public ByteString Key(string key) => ByteString.CopyFromUtf8(prefix + key);

    /// <summary>The start of a range, which must not be empty.</summary>
    public ByteString Start(string key) => prefix.Length + key.Length == 0 ? Everything : Key(key);

    /// <summary>The store's key; null when it is somebody else's.</summary>
    public string? Of(ByteString key) => key.Span.StartsWith(_prefix) ? Encoding.UTF8.GetString(key.Span[_prefix.Length..]) : null;
}

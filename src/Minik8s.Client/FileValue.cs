using System.Security.Cryptography;

namespace Minik8s.Client;

/// <summary>A value read from files, read again when one of them changes. While the files are being replaced (missing, or not yet
/// matching each other) the value read before stays in use.</summary>
internal sealed class FileValue<T>(IReadOnlyList<string?> files, Func<T> read)
    where T : class
{
    private readonly Lock _lock = new();
    private T? _value;
    private DateTime _stamp;

    public T Get()
    {
        lock (_lock)
        {
            var stamp = files.Max(file => file is null ? default : File.GetLastWriteTimeUtc(file));
            if (_value is not null && stamp == _stamp)
                return _value;
            try
            {
                _value = read();
                _stamp = stamp;
            }
            catch (Exception e) when (_value is not null && e is (IOException or CryptographicException))
            {
                return _value;
            }
            return _value;
        }
    }
}
